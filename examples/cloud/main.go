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
	if err := catalogue.Write(*out, o); err != nil {
		fmt.Fprintln(os.Stderr, "cloud:", err)
		os.Exit(3)
	}
}
