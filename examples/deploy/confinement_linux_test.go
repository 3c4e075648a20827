package deploy_test

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestUnitAllowsWhatIsCalled traces a run of the edge and wants the unit to forbid nothing that it does: no system call,
// no family of addresses, and no memory that is both written and run.
func TestUnitAllowsWhatIsCalled(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 && os.Getenv("CI") == "" {
		t.Skip("chroot needs the rights of root")
	}
	u := readUnit(t, service)
	calls := trace(t, u)
	if len(calls) < 100 {
		t.Fatalf("the trace has %d calls", len(calls))
	}
	allowed := filtered(t, u["Service"]["SystemCallFilter"])
	if allowed["reboot"] || allowed["chroot"] || !allowed["read"] {
		t.Fatal("the filter of the unit is not understood")
	}
	families := strings.Fields(u.one(t, "RestrictAddressFamilies"))
	socket := regexp.MustCompile(`^socket\((AF_\w+)`)
	for _, call := range calls {
		name, arguments, _ := strings.Cut(call, "(")
		if !allowed[name] {
			t.Errorf("forbidden by SystemCallFilter: %s", call)
		}
		if family := socket.FindStringSubmatch(call); family != nil && !slices.Contains(families, family[1]) {
			t.Errorf("forbidden by RestrictAddressFamilies: %s", call)
		}
		written := name == "mprotect" || name == "mmap" && strings.Contains(arguments, "PROT_WRITE")
		if written && strings.Contains(arguments, "PROT_EXEC") {
			t.Errorf("forbidden by MemoryDenyWriteExecute: %s", call)
		}
	}
}

// trace returns the system calls of an edge that starts with the unit's command, answers, reloads and ends.
func trace(t *testing.T, u unit) (calls []string) {
	t.Helper()
	strace := tool(t, "strace")
	r, argv := installed(t, u)
	r.close("/var/lib/"+u.one(t, "StateDirectory"), "/run/lictor")
	file := filepath.Join(t.TempDir(), "trace")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	before := []string{"-D", "-f", "-qq", "-o", file, "chroot", "--userspec=65532:65532", r.dir} // the edge, not strace, is our child
	after := []string{"--json", "--admin", "127.0.0.1:0", "--listen", "unix:/run/lictor/edge.sock"}
	e := r.launch(exec.CommandContext(ctx, strace, slices.Concat(before, argv, after)...))
	e.wait("bundle loaded", "r1")
	e.answers("r1")
	if status := e.status("/metrics"); status != 200 {
		t.Errorf("metrics: %d", status)
	}
	e.signal(syscall.SIGHUP)
	e.wait(`"reloaded"`, `"bundle"`)
	e.stops(patience)

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begun := false // chroot's own calls come first
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		_, call, _ := strings.Cut(s.Text(), " ")
		call = strings.TrimLeft(call, " ")
		begun = begun || strings.HasPrefix(call, `execve("`+argv[0])
		if begun && regexp.MustCompile(`^[a-z0-9_]+\(`).MatchString(call) {
			calls = append(calls, call)
		}
	}
	return calls
}

// filtered returns the system calls that a list of filters allows, each a set of words to add or, behind ~, to remove.
func filtered(t *testing.T, filters []string) map[string]bool {
	t.Helper()
	allowed := map[string]bool{}
	expand(t, []string{"@default"}, func(call string) { allowed[call] = true }) // systemd adds it
	for _, filter := range filters {
		words, removed := strings.CutPrefix(filter, "~")
		expand(t, strings.Fields(words), func(call string) { allowed[call] = !removed })
	}
	return allowed
}

// expand tells every system call of groups, as the systemd that is installed knows them.
func expand(t *testing.T, words []string, tell func(string)) {
	t.Helper()
	for _, word := range words {
		if word[0] != '@' {
			tell(word)
			continue
		}
		out, err := exec.Command(tool(t, "systemd-analyze"), "--no-pager", "syscall-filter", word).Output()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(out)) {
			if line = strings.TrimSpace(line); line != "" && line != word && line[0] != '#' {
				expand(t, []string{line}, tell)
			}
		}
	}
}
