// Command plugin is a host application: it decides by an evaluator and a bundle from disk, and takes up what replaces
// either file while it runs. For each line "SUBJECT PERMISSION" it answers with one line.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/sdk/plugin"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "plugin:", err)
		os.Exit(1)
	}
}

// streams are what a program reads and writes.
type streams struct {
	in       io.Reader
	out, log io.Writer
}

// run answers until its input ends.
func run(ctx context.Context, args []string, s streams) error {
	if len(args) < 2 || len(args) > 3 {
		return errors.New("usage: plugin EVALUATOR BUNDLE [KEY]")
	}
	options, err := trust(args[2:])
	if err != nil {
		return err
	}
	files := &files{evaluator: file{path: args[0]}, bundle: file{path: args[1]}, log: s.log}
	p, err := files.open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	ctx, stop := context.WithCancel(ctx)
	watched := make(chan error, 1)
	go func() { watched <- files.watch(ctx, p) }()
	err = answer(p, s)
	stop()
	return errors.Join(err, <-watched)
}

// trust believes bundles that a key signed, and any where no key is given.
func trust(keys []string) (plugin.Options, error) {
	if len(keys) == 0 {
		return plugin.Options{AllowUnsigned: true}, nil
	}
	text, err := os.ReadFile(keys[0])
	if err != nil {
		return plugin.Options{}, err
	}
	key, err := sign.ParsePublicKey(text, "")
	if err != nil {
		return plugin.Options{}, err
	}
	set, err := sign.NewKeySet(key)
	return plugin.Options{Keys: set}, err
}

// answer is what the program is for. A line that is no question, and one that cannot be answered, is denied.
func answer(p *plugin.Plugin, s streams) error {
	lines := bufio.NewScanner(s.in)
	for lines.Scan() {
		subject, permission, found := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		if !found {
			fmt.Fprintf(s.out, "DENY: %.80q is no question: write SUBJECT PERMISSION, such as ada newsletter:read\n", lines.Text())
			continue
		}
		d, err := p.Check(&plugin.Request{Subject: plugin.Subject{Type: "user", ID: subject}, Permission: strings.TrimSpace(permission)})
		switch {
		case err != nil:
			fmt.Fprintln(s.out, "DENY:", err)
		case d.Allowed:
			fmt.Fprintln(s.out, "ALLOW by revision", d.Revision)
		default:
			fmt.Fprintln(s.out, "DENY by revision", d.Revision+":", d.Code)
		}
	}
	return lines.Err()
}
