// Command lictor-edge answers from bundles over HTTP and does nothing else: it is lictor serve without the
// compiler, with the verbs of its state folder.
package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve"
	"github.com/lictor-dev/lictor/cmd/internal/state"
)

func main() { os.Exit(int(cli.Execute(newRoot(), os.Args[1:]))) }

// newRoot returns the program: serve, under its own name or spelled out as in lictor.
func newRoot() *cobra.Command {
	root := serve.Command("lictor-edge")
	root.Use = "lictor-edge --bundle FILE|DIR (--verify-key PEM | --allow-unsigned)"
	root.Example = "  lictor-edge --bundle springfield.tar.gz --verify-key release.pub.pem --state /var/lib/lictor"
	cli.VersionFlag(root, "lictor-edge")
	root.AddCommand(state.Commands("lictor-edge")...)
	root.AddCommand(serve.Command("lictor-edge"), serve.KeyCommand("lictor-edge"), cli.VersionCommand("lictor-edge"))
	return root
}
