// Command finish rewrites a guest module that "go build" wrote (package straighten). "make wasm" runs it.
package main

import (
	"fmt"
	"os"

	"github.com/lictor-dev/lictor/runtime/guest/straighten"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: finish module.wasm")
		os.Exit(2)
	}
	if err := finish(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func finish(file string) error {
	module, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if module, err = straighten.Module(module, straighten.Guests); err != nil {
		return err
	}
	return os.WriteFile(file, module, 0o644)
}
