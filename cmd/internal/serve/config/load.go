package config

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/compiler/diag"
)

// given is one setting as somebody gave it.
type given struct {
	texts []string
	name  string   // as it is spelled where it was given: "--listen", "LICTOR_LISTEN", "listen"
	pos   diag.Pos // of the first text; no place outside of a file
}

// loading collects what is given, and all that is wrong with it.
type loading struct {
	config   Config
	given    []given // by setting: the one that wins, without texts where nobody gave it
	problems diag.List
}

// Load returns what flags, the environment (as os.Environ has it) and the file say together. The error names every
// mistake, one in a line.
func Load(flags *Flags, environ []string) (*Config, error) {
	l := &loading{config: Default(), given: make([]given, len(settings))}
	for i := range settings {
		l.given[i].name = "--" + settings[i].flag
	}
	environment := l.variables(environ)
	path := flags.File
	if fallback, ok := environment[prefix+configVariable]; ok && path == "" {
		if path = fallback; path == "" {
			l.problem(given{}, "%s is empty", prefix+configVariable)
		}
	}
	if path != "" {
		if err := l.file(path); err != nil {
			return nil, err
		}
	}
	l.environment(environment)
	for i, texts := range flags.given {
		if texts != nil {
			l.take(i, given{texts: texts, name: "--" + settings[i].flag})
		}
	}
	if len(l.problems) == 0 {
		l.check()
	}
	return &l.config, l.err()
}

// configVariable is the file's name in the environment, without the prefix.
const configVariable = "CONFIG"

// take makes what is given win over what was given before.
func (l *loading) take(i int, g given) {
	l.given[i] = g
	for _, text := range g.texts {
		if text == "" {
			l.problem(g, "%s is empty", g.name)
			return
		}
	}
	err := settings[i].set(&l.config, g.texts)
	switch {
	case err == nil:
	case settings[i].quiet:
		l.problem(g, "%s %w", g.name, err)
	default:
		l.problem(g, "%s %s %w", g.name, diag.Quote(g.texts[len(g.texts)-1]), err)
	}
}

// problem adds a mistake in something that was given.
func (l *loading) problem(g given, format string, args ...any) {
	l.problems.Add(diag.Diagnostic{Code: badText, Pos: g.pos, Message: fmt.Errorf(format, args...).Error()})
}

// maxFile bounds the bytes of a file of settings.
const maxFile = 1 << 20

func (l *loading) file(path string) error {
	text, err := readFile(path)
	if err != nil {
		return err
	}
	for i, texts := range read(path, text, &l.problems) {
		if texts == nil {
			continue
		}
		g := given{name: settings[i].key, pos: texts[0].Pos}
		for _, t := range texts {
			g.texts = append(g.texts, t.Value)
		}
		l.take(i, g)
	}
	return nil
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, cli.Unreadable(err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, cli.Unreadable(err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%q has more than %d bytes", path, maxFile)
	}
	return text, nil
}

// variables returns the variables that are ours. One that is nearly the name of a setting is a mistake; others, such as
// those that Kubernetes makes for a service of the name lictor, mean something to somebody else.
func (l *loading) variables(environ []string) map[string]string {
	known := []string{configVariable}
	for i := range settings {
		known = append(known, strings.TrimPrefix(settings[i].environment(), prefix))
	}
	names := diag.NewNames(known)
	ours := map[string]string{}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		short, ok := strings.CutPrefix(name, prefix)
		switch {
		case !ok:
		case slices.Contains(known, short):
			ours[name] = value
		case kubernetes(short):
		case names.Nearest(short) != "":
			d := l.problems.Errorf(badText, diag.Pos{}, "%s is not known", name)
			d.Hint = "did you mean " + prefix + names.Nearest(short) + "?"
		}
	}
	return ours
}

// kubernetes reports whether a variable is one of those that Kubernetes makes for a service: no setting ends like them.
func kubernetes(name string) bool {
	name = "_" + name
	return strings.HasSuffix(name, "_PORT") || strings.HasSuffix(name, "_SERVICE_HOST") ||
		strings.Contains(name, "_SERVICE_PORT") || strings.Contains(name, "_PORT_")
}

// environment takes up the variables. Items of a list are separated by commas.
func (l *loading) environment(variables map[string]string) {
	for i := range settings {
		s := &settings[i]
		value, ok := variables[s.environment()]
		if !ok {
			continue
		}
		texts := []string{value}
		if s.many {
			texts = strings.Split(value, ",")
		}
		l.take(i, given{texts: texts, name: s.environment()})
	}
}

// err returns all mistakes, those of the file first and in its order.
func (l *loading) err() error {
	if len(l.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(l.problems, func(a, b diag.Diagnostic) int {
		return cmp.Or(-cmp.Compare(a.Pos.File, b.Pos.File), a.Pos.Compare(b.Pos))
	})
	lines := make([]error, len(l.problems))
	for i, d := range l.problems {
		lines[i] = errors.New(line(d))
	}
	return &cli.Failure{Status: cli.Usage, Err: errors.Join(lines...), Hint: `see "--help" for every setting`}
}

// line returns a mistake as one line.
func line(d diag.Diagnostic) string {
	text := d.Message
	if d.Pos.File != "" {
		text = d.Pos.String() + ": " + text
	}
	if d.Hint != "" {
		text += " (" + d.Hint + ")"
	}
	return text
}
