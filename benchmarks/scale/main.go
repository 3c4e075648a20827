// Command scale measures what a policy costs before anybody asks: how long its bundle takes to load, how much memory it
// holds then, and how much more while another generation takes its place, beside OPA with the same policy. The policies
// are Google Cloud's predefined roles, and a hundred roles held by 1,000 to 1,000,000 subjects.
//
// Every measurement is made in a process of its own, which this program starts itself as. Each of them is asked the same
// questions when it has loaded: one wrong answer, and the program fails. It runs on Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == childVerb {
		end(child(context.Background(), os.Args[2:], os.Stdout))
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	p, err := parse(os.Args[1:])
	if err == nil {
		err = p.run(ctx, os.Stdout)
	}
	stop()
	end(err)
}

// end ends the program where there is an error.
func end(err error) {
	if err == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "scale: %v\n", err)
	os.Exit(1)
}

// parse reads the arguments.
func parse(arguments []string) (*plan, error) {
	p := &plan{}
	flags := flag.NewFlagSet("scale", flag.ExitOnError)
	policies := flags.String("policies", "cloud,1000,10000,100000,1000000", "which policies: cloud, or a number of subjects")
	engines := flags.String("engines", "lictor,opa,opa-bundle", "what loads them")
	flags.IntVar(&p.count, "count", 3, "how often each of them is loaded")
	flags.IntVar(&p.reloads, "reloads", 4, "how often a running generation is replaced by another one")
	err := flags.Parse(arguments)
	if err == nil && (flags.NArg() > 0 || p.count < 1 || p.reloads < 1) {
		err = errors.New("unknown or unusable arguments")
	}
	if err != nil {
		return nil, err
	}
	p.engines = strings.Split(*engines, ",")
	for name := range strings.SplitSeq(*policies, ",") {
		made, err := parsePolicy(name)
		if err != nil {
			return nil, err
		}
		p.policies = append(p.policies, made)
	}
	return p, nil
}

// parsePolicy returns the policy of a name.
func parsePolicy(name string) (*source, error) {
	if name == "cloud" {
		return &source{name: "policy=cloud", title: "cloud roles", model: cloud}, nil
	}
	subjects, err := strconv.Atoi(name)
	if err != nil || subjects < 1 {
		return nil, fmt.Errorf("no policy has the name %q", name)
	}
	return &source{name: "subjects=" + name, title: name + " subjects", model: subjectsOf(subjects)}, nil
}

// plan is what to measure.
type plan struct {
	policies       []*source
	engines        []string
	count, reloads int
}

// run measures everything, writes each measurement as a line of a benchmark and all of them as tables, and returns what
// is wrong.
func (p *plan) run(ctx context.Context, out io.Writer) error {
	r := newReport(out)
	for _, s := range p.policies {
		if err := p.measure(ctx, s, r); err != nil {
			return fmt.Errorf("%s: %w", s.title, err)
		}
	}
	if err := r.tables(); err != nil {
		return err
	}
	return r.verdict()
}

// measure measures one policy.
func (p *plan) measure(ctx context.Context, s *source, r *report) error {
	dir, err := os.MkdirTemp("", "scale")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := s.write(ctx, dir); err != nil {
		return err
	}
	for _, engine := range p.engines {
		for range p.count {
			m, err := start(ctx, order{Verb: engine, Dir: dir})
			if err != nil {
				return err
			}
			if err := r.loaded(s, engine, m); err != nil {
				return err
			}
		}
	}
	for _, state := range []bool{false, true} {
		m, err := start(ctx, order{Verb: "reload", Dir: dir, Reloads: p.reloads, State: state})
		if err != nil {
			return err
		}
		if err := r.reloaded(s, state, m); err != nil {
			return err
		}
	}
	return nil
}
