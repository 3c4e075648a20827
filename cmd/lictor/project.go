package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/compiler/agree"
	"github.com/lictor-dev/lictor/compiler/diag"
)

// project is a folder of definitions and what compiling it gave.
type project struct {
	dir   string // as typed
	files fs.FS
	*compiler.Result
}

// buildProject compiles the definitions below a folder.
func buildProject(ctx context.Context, dir string, options compiler.Options) (*project, error) {
	files, err := openProject(dir)
	if err != nil {
		return nil, err
	}
	options.Version = cli.ReadVersion().Version
	result, err := compiler.Compile(ctx, files, options)
	if _, ok := errors.AsType[*agree.Disagreement](err); ok {
		return nil, cli.WithHint(err, "this is a fault of lictor and not of the definitions: nothing was written")
	}
	if err != nil {
		return nil, err
	}
	p := &project{dir, below{files, dir}, result}
	p.Diagnostics = p.placed(p.Diagnostics)
	return p, nil
}

// placed returns diagnostics with paths that lead to the files from where the command was typed.
func (p *project) placed(list diag.List) diag.List {
	list = slices.Clone(list)
	for i := range list {
		d := &list[i]
		d.Pos.File = filepath.Join(p.dir, d.Pos.File)
		d.Related = slices.Clone(d.Related)
		for j := range d.Related {
			d.Related[j].Pos.File = filepath.Join(p.dir, d.Related[j].Pos.File)
		}
	}
	return list
}

// below is the files of a folder under the paths that [project.placed] gives them.
type below struct {
	files fs.FS
	dir   string
}

// Open implements [fs.FS].
func (b below) Open(name string) (fs.File, error) {
	inner, err := filepath.Rel(b.dir, name)
	if err != nil {
		return nil, err
	}
	return b.files.Open(filepath.ToSlash(inner))
}

// open opens the project's bundle as one that nobody signed: it has just been made here.
func (p *project) open() (*bundles.Bundle, error) {
	return bundles.Open(bytes.NewReader(p.Bundle), bundles.Options{AllowUnsigned: true})
}

// openProject returns the files below a project's folder.
func openProject(dir string) (fs.FS, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, cli.Unreadable(err)
	}
	if !info.IsDir() {
		return nil, cli.WithHint(fmt.Errorf("%q is not a folder", dir), "definitions are read from a folder, all files below it")
	}
	return os.DirFS(dir), nil
}

// refuse reports the diagnostics of a project that does not compile, and ends the command.
func (p *project) refuse(cmd *cobra.Command, asJSON bool) error {
	if asJSON {
		if err := cli.PrintJSON(cmd.OutOrStdout(), map[string]diag.List{"diagnostics": p.Diagnostics}); err != nil {
			return err
		}
		return cli.No()
	}
	if err := printDiagnostics(cmd.ErrOrStderr(), p.files, p.Diagnostics); err != nil {
		return err
	}
	return cli.No()
}

// printDiagnostics writes diagnostics for people, with a closing line that counts them.
func printDiagnostics(out io.Writer, files fs.FS, list diag.List) error {
	if len(list) == 0 {
		return nil
	}
	if err := list.Write(out, files); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s and %s\n", plural(list.Count(diag.Error), "error"), plural(list.Count(diag.Warning), "warning"))
	return err
}

// plural returns a count with its noun, such as "1 error" or "2 errors".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
