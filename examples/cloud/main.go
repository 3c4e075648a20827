// Command cloud writes the definitions of this example: Google Cloud's predefined roles, with subjects
// that hold them. Run it at the top of the module; what it writes is ignored by git.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/lictor-dev/lictor/examples/cloud/catalogue"
)

func main() {
	o := catalogue.Standard
	out := flag.String("out", "examples/cloud/definitions", "folder to write to")
	flag.IntVar(&o.Subjects, "subjects", o.Subjects, "number of subjects")
	flag.Uint64Var(&o.Seed, "seed", o.Seed, "what subjects and tests are drawn from")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "cloud: argument %q is one too many\n", flag.Arg(0))
		os.Exit(2)
	}
	if err := catalogue.Write(*out, o); err != nil {
		fmt.Fprintln(os.Stderr, "cloud:", err)
		os.Exit(3)
	}
	fmt.Printf("%s: %d subjects, %d projects and %d tests, with Google Cloud's predefined roles\n", *out, o.Subjects, o.Projects, o.Tests)
}
