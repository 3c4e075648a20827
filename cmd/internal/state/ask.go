package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lictor-dev/lictor/bundles/store"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
)

// patience is how long an edge may take to obey.
const patience = 10 * time.Second

// obeyed is the result of the verbs that say what is to run.
type obeyed struct {
	Pinned     bool        `json:"pinned"`
	Generation *generation `json:"generation,omitempty"` // what is pinned
	Edges      []edge      `json:"edges"`                // those that run on the folder
}

// edge is an edge that runs on the folder.
type edge struct {
	ID       string    `json:"id,omitempty"` // of the generation that runs; empty when none does
	Revision string    `json:"revision,omitempty"`
	Epoch    uint64    `json:"epoch"`
	Pinned   bool      `json:"pinned"`
	Since    time.Time `json:"since"`
	Switched float64   `json:"switched_ms,omitempty"` // from asking to running, in milliseconds; 0: it ran already
	Trouble  string    `json:"trouble,omitempty"`     // why it does not do what it was asked
}

// wait waits until every edge on the folder has dealt with a request, and returns what each did.
func wait(ctx context.Context, s *store.Source, pin store.Pin) ([]edge, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(2 * time.Millisecond)
	defer again.Stop()
	for {
		reports, err := s.Edges()
		if err != nil {
			return nil, damaged(err)
		}
		if edges, all := answers(reports, pin); all {
			return edges, nil
		}
		if now, err := s.Pin(); err == nil && now.Request != pin.Request {
			return nil, errors.New("somebody asked for something else meanwhile")
		}
		select {
		case <-ctx.Done():
			return nil, cli.WithHint(fmt.Errorf("an edge runs on the folder and did not answer within %s", patience),
				"what was asked for stands, and counts as soon as the edge reads it")
		case <-again.C:
		}
	}
}

func answers(reports []store.Report, pin store.Pin) (edges []edge, all bool) {
	edges = []edge{}
	for _, r := range reports {
		if r.Request != pin.Request {
			return nil, false
		}
		e := newEdge(r)
		if r.Since.After(pin.At) {
			e.Switched = float64(r.Since.Sub(pin.At).Microseconds()) / 1000
		}
		edges = append(edges, e)
	}
	return edges, true
}

func newEdge(r store.Report) edge {
	e := edge{Revision: r.Revision, Epoch: r.Epoch, Pinned: r.Pinned, Since: r.Since, Trouble: r.Trouble}
	if e.Revision != "" {
		e.ID = r.ID.String()
	}
	return e
}

// hold pins a generation and says what became of it.
func (f *flags) hold(ctx context.Context, out io.Writer, s *store.Source, g store.Generation) error {
	pin, err := s.SetPin(g)
	if err != nil {
		return cli.Unreadable(err)
	}
	edges, err := wait(ctx, s, pin)
	if err != nil {
		return err
	}
	result := obeyed{Pinned: true, Generation: newGeneration(g), Edges: edges}
	return f.say(out, result, fmt.Sprintf("%s is pinned", name(g.Revision, g.Epoch, g.ID.String())))
}

// say writes a result. An edge that did not obey makes the command fail.
func (f *flags) say(out io.Writer, r obeyed, what string) error {
	if f.json {
		if err := cli.PrintJSON(out, r); err != nil {
			return err
		}
	} else if err := r.write(out, what); err != nil {
		return err
	}
	var errs []error
	for _, e := range r.Edges {
		if e.Trouble != "" {
			errs = append(errs, errors.New(e.Trouble))
		}
	}
	if len(errs) > 0 && r.Pinned {
		return cli.WithHint(errors.Join(errs...), `it stays pinned, so that nothing else takes over, and after a restart nothing runs: "unpin" lets go`)
	}
	return errors.Join(errs...)
}

func (r *obeyed) write(out io.Writer, what string) error {
	if len(r.Edges) == 0 {
		_, err := fmt.Fprintf(out, "%s; no edge runs on the folder, so this counts from the next start\n", what)
		return err
	}
	lines := []string{what}
	for _, e := range r.Edges {
		lines = append(lines, e.String())
	}
	_, err := fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}

// String says what an edge runs.
func (e *edge) String() string {
	switch {
	case e.ID == "":
		return "nothing runs"
	case e.Switched == 0:
		return name(e.Revision, e.Epoch, e.ID) + " runs, as before"
	}
	return fmt.Sprintf("%s runs, after %.1f ms", name(e.Revision, e.Epoch, e.ID), e.Switched)
}

// shortID is how much of an id is shown to people.
const shortID = 12

func name(revision string, epoch uint64, id string) string {
	return fmt.Sprintf("revision %s (epoch %d, id %.*s)", revision, epoch, shortID, id)
}
