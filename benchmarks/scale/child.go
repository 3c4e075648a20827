package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// childVerb is the first argument of a process that makes one measurement.
const childVerb = "measure"

// deadline is how long a process may take.
const deadline = 10 * time.Minute

// order says what a process measures.
type order struct {
	Verb    string // an engine, or "reload"
	Dir     string // where the files are
	Reloads int
	State   bool // keep generations on disk, so that the one before stands by

	own string // the folder of this process, while it reloads
}

// measurement is what a process says.
type measurement struct {
	Load, Proof  time.Duration // from the file to the first answer; of that, proving the tables
	Tables       int64         // bytes of the tables
	Base, Loaded memory        // before and after, both after a collection
	Peak         int64         // the most that was resident while it loaded
	Reload       reload
}

// start starts this program as a process that makes one measurement.
func start(ctx context.Context, o order) (*measurement, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	command := exec.CommandContext(ctx, program, childVerb, "-dir", o.Dir, "-reloads", strconv.Itoa(o.Reloads),
		"-state="+strconv.FormatBool(o.State), o.Verb)
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Verb, errors.Join(err, ctx.Err()))
	}
	m := &measurement{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%s: %w", o.Verb, err)
	}
	return m, nil
}

// child makes one measurement and prints it.
func child(ctx context.Context, arguments []string, out io.Writer) error {
	var o order
	flags := flag.NewFlagSet(childVerb, flag.ContinueOnError)
	flags.StringVar(&o.Dir, "dir", "", "")
	flags.IntVar(&o.Reloads, "reloads", 0, "")
	flags.BoolVar(&o.State, "state", false, "")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	o.Verb = flags.Arg(0)
	m, err := o.measure(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(m)
}

func (o *order) measure(ctx context.Context) (*measurement, error) {
	var asked []question
	if err := readJSON(o.path(questionsFile), &asked); err != nil {
		return nil, err
	}
	if o.Verb == "reload" {
		return o.measureReload(ctx, asked)
	}
	load, found := engines[o.Verb]
	if !found {
		return nil, fmt.Errorf("no engine has the name %q", o.Verb)
	}
	m := &measurement{}
	var err error
	if m.Base, err = collected(); err != nil {
		return nil, err
	}
	if err := resetPeak(); err != nil {
		return nil, err
	}
	begun := time.Now()
	e, err := load(ctx, o)
	if err != nil {
		return nil, err
	}
	if _, err := e.answer(&asked[0]); err != nil {
		return nil, err
	}
	m.Load = time.Since(begun)
	if _, m.Peak, err = resident(); err != nil {
		return nil, err
	}
	if err := check(asked, e.answer); err != nil {
		return nil, err
	}
	if m.Loaded, err = collected(); err != nil {
		return nil, err
	}
	if err := check(asked, e.answer); err != nil { // so that nothing of it was garbage
		return nil, err
	}
	m.Tables, m.Proof, err = e.tables()
	return m, err
}

func (o *order) path(name string) string { return filepath.Join(o.Dir, name) }

// engine is a loaded policy.
type engine interface {
	answer(q *question) (bool, error)
	// tables returns the size of decision tables and how long it takes to prove them; nothing for engines without.
	tables() (bytes int64, proof time.Duration, err error)
}

// engines load the policy from the folder of an order.
var engines = map[string]func(context.Context, *order) (engine, error){
	"lictor":     openLictor,
	"opa":        openDocument,
	"opa-bundle": openBundle,
}
