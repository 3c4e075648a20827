// Command report renders recorded results as a page with plots, REPORT.md and results/plots, or prints them as tables. It fails where a
// result names a commit that is not in the history.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/lictor-dev/lictor/benchmarks/report/page"
	"github.com/lictor-dev/lictor/benchmarks/report/results"
	"github.com/lictor-dev/lictor/benchmarks/report/table"
)

func main() {
	from := flag.String("results", "results", "the `folder` with the results")
	to := flag.String("to", ".", "the `folder` that gets REPORT.md and results/plots")
	check := flag.Bool("check", false, "write nothing; fail if what is there is not what the results give")
	tables := flag.Bool("tables", false, "print the result files that follow as tables, and nothing else")
	flag.Parse()
	err := errors.New("unknown arguments")
	switch {
	case *tables:
		err = printed(flag.Args())
	case flag.NArg() == 0:
		err = run(*from, *to, *check)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "report: %v\n", err)
		os.Exit(1)
	}
}

func run(from, to string, check bool) error {
	files, err := results.ReadDir(from)
	if err != nil {
		return err
	}
	p, err := page.Render(files)
	if err != nil {
		return err
	}
	lost := results.History(from, files) // the page is written all the same: it names the commits
	if check {
		return errors.Join(p.Check(to), lost)
	}
	return errors.Join(p.Write(to), lost)
}

// printed prints files for a terminal.
func printed(paths []string) error {
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := results.Parse(path, text)
		if err != nil {
			return err
		}
		if err := table.Write(os.Stdout, f); err != nil {
			return err
		}
	}
	return nil
}
