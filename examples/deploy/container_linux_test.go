package deploy_test

import (
	"debug/elf"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestImage wants an image of one static program, run by somebody who owns the state and nothing else.
func TestImage(t *testing.T) {
	t.Parallel()
	i := container(t)
	var files []string
	err := filepath.WalkDir(i.dir, func(path string, _ os.DirEntry, err error) error {
		name, _ := filepath.Rel(i.dir, path)
		files = append(files, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{".", "lictor-edge", "var", "var/lib", "var/lib/lictor"}, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if i.base != "scratch" || i.user != "65532:65532" {
		t.Errorf("base %q, user %q", i.base, i.user)
	}
	if diff := cmp.Diff(map[string]string{"/var/lib/lictor": i.user}, i.owned); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"/var/lib/lictor"}, i.volumes); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
	if listening := []string{port(flag(t, i.cmd, "--listen")), port(flag(t, i.cmd, "--admin"))}; !slices.Equal(listening, i.exposed) {
		t.Errorf("exposed are %q, it listens on %q", i.exposed, listening)
	}
	program, err := elf.Open(filepath.Join(i.dir, i.entrypoint[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range program.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program has a segment %s: it is not static", p.Type)
		}
	}
}

// TestToolchain wants the image to be built by the Go that the module names.
func TestToolchain(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(text)
	if want := "golang:" + string(version[1]); container(t).toolchain != want {
		t.Errorf("the image is built by %q, go.mod wants %q", container(t).toolchain, want)
	}
}

// TestContainer runs the image as an engine would, with a file system that cannot be written to but for the state.
func TestContainer(t *testing.T) {
	t.Parallel()
	i, p := container(t), publication(t)
	r := i.root(t)
	r.put(flag(t, i.cmd, "--verify-key"), p.key)
	r.put(path.Join(flag(t, i.cmd, "--bundle"), "springfield.tar.gz"), p.first)
	r.close(i.volumes...)
	e := r.start(slices.Concat(i.entrypoint, i.cmd))
	e.wait("bundle loaded", "r1")
	e.answers("r1")
	if status := e.status("/readyz"); status != 200 {
		t.Errorf("ready: %d", status)
	}
	if kept, err := os.ReadDir(r.at(flag(t, i.cmd, "--state"))); err != nil || len(kept) == 0 {
		t.Errorf("the state holds %v, %v", kept, err)
	}
	e.stops(10 * time.Second)
}

// TestContainerIsClosed wants the guide to run the image with no more rights than it needs, with the folders that its
// command names, and with time to end.
func TestContainerIsClosed(t *testing.T) {
	t.Parallel()
	i := container(t)
	words := dockerRun(t)
	for _, wanted := range []string{"--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"} {
		if !slices.Contains(words, wanted) {
			t.Errorf("not run with %s", wanted)
		}
	}
	given := map[string][]string{}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		given[name] = append(given[name], value)
	}
	for published, flagged := range map[string]string{given["--publish"][0]: "--listen", given["--publish"][1]: "--admin"} {
		if !strings.HasPrefix(published, "127.0.0.1:") || port(published) != port(flag(t, i.cmd, flagged)) {
			t.Errorf("%s is published as %s", flagged, published)
		}
	}
	want := []string{
		flag(t, i.cmd, "--bundle") + ":ro", path.Dir(flag(t, i.cmd, "--verify-key")) + ":ro", flag(t, i.cmd, "--state"),
	}
	var got []string
	for _, volume := range given["--volume"] {
		_, target, _ := strings.Cut(volume, ":")
		got = append(got, target)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
	r := i.root(t)
	r.close()
	s := r.settings(slices.Concat(i.entrypoint, i.cmd))
	if within := duration(t, given["--stop-timeout"][0]+"s"); within < s.draining(t)+5*time.Second {
		t.Errorf("killed after %s, while it may drain for %s", within, s.draining(t))
	}
}

// guide is the operators' guide.
const guide = "../../edge/README.md"

// dockerRun returns the words of the command of the guide that runs the image.
func dockerRun(t *testing.T) []string {
	t.Helper()
	_, rest, found := strings.Cut(read(t, guide), "\ndocker run ")
	command, _, ended := strings.Cut(rest, "\n```")
	if !found || !ended {
		t.Fatal("the guide does not say how to run the image")
	}
	return strings.Fields(strings.ReplaceAll(command, "\\\n", " "))
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// flag returns the value of a flag of a command.
func flag(t *testing.T, argv []string, name string) string {
	t.Helper()
	at := slices.Index(argv, name)
	if at < 0 || at+1 == len(argv) {
		t.Fatalf("no %s in %q", name, argv)
	}
	return argv[at+1]
}

// port returns what stands behind the last colon of an address.
func port(address string) string { return address[strings.LastIndex(address, ":")+1:] }
