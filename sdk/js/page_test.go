//go:build !race

package js_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// seen is what somebody sees on the page of examples/browser.
type seen struct {
	Offered map[string]string // buttons by order and action: shown or disabled
	Summary string
	Alert   bool
}

// TestPage starts the example as its README says, chooses each user in Chromium, and gives it bundles that are to be refused.
func TestPage(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	var got struct {
		Users, Refused map[string]seen
		Faults         []string
	}
	if err := json.Unmarshal(f.node(t, filepath.Join("build", "test", "page_browser.js"), f.serve(t)), &got); err != nil {
		t.Fatal(err)
	}
	clerk := map[string]string{
		"17 view": "shown", "17 edit": "shown", "17 refund": "shown", "18 view": "shown", "18 edit": "shown", "18 refund": "disabled",
	}
	manager := map[string]string{
		"17 view": "shown", "17 edit": "shown", "17 refund": "shown", "17 delete": "shown",
		"18 view": "shown", "18 edit": "shown", "18 refund": "shown", "18 delete": "disabled",
	}
	users := map[string]seen{
		"first":        {clerk, "5 of 8 things can be done here.", false},
		"Bob, manager": {manager, "7 of 8 things can be done here.", false},
		"Eve, no role": {map[string]string{}, "0 of 8 things can be done here.", false},
		"Alice, clerk": {clerk, "5 of 8 things can be done here.", false},
	}
	nothing := seen{Offered: map[string]string{}, Alert: true}
	refused := map[string]seen{"flipped": nothing, "truncated": nothing, "empty": nothing}
	if diff := gocmp.Diff(users, got.Users); diff != "" {
		t.Errorf("what users see (-want +got):\n%s", diff)
	}
	if diff := gocmp.Diff(refused, got.Refused); diff != "" {
		t.Errorf("what is seen with a refused bundle (-want +got):\n%s", diff)
	}
	if len(got.Faults) > 0 {
		t.Errorf("errors in the page: %q", got.Faults)
	}
}

// serve starts the example's own server until the test ends, and returns its address.
func (f *folder) serve(t *testing.T) string {
	t.Helper()
	program := filepath.Join(f.path, "lictor")
	if err := command("go", "build", "-o", program, "../../cmd/lictor"); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithTimeout(context.Background(), deadline)
	server := exec.CommandContext(ctx, "node", filepath.Join("..", "..", "examples", "browser", "serve.mjs"),
		"--port", "0", "--lictor", program, "--evaluator", filepath.Join(f.path, "evaluator.wasm"))
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		end()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		end()
		_ = server.Wait() // it is killed, which is an error
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if address := lines.Text(); len(address) > 4 && address[:4] == "http" {
			return address
		}
	}
	t.Fatal("the server of the example names no address")
	return ""
}
