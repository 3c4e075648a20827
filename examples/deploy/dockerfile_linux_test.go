package deploy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// image is what a Dockerfile makes.
type image struct {
	dir        string // of its files
	base       string // of its last stage
	toolchain  string // the base of the stage that builds
	user       string
	volumes    []string
	exposed    []string
	entrypoint []string
	cmd        []string
	owned      map[string]string // paths that belong to somebody else than root
}

const dockerfile = "container/Dockerfile"

// built is the image of the Dockerfile, made once for all tests.
var built = sync.OnceValues(func() (*image, error) {
	dir, err := os.MkdirTemp("", "lictor-image")
	if err != nil {
		return nil, err
	}
	leftovers = append(leftovers, dir)
	b := builder{context: "../..", dir: dir, stages: map[string]*image{}}
	if b.ignored, err = ignored(); err != nil {
		return nil, err
	}
	return b.build(dockerfile)
})

// ignored returns what the image is not made of.
func ignored() (*patternmatcher.PatternMatcher, error) {
	text, err := os.ReadFile(dockerfile + ".dockerignore")
	if err != nil {
		return nil, err
	}
	patterns, err := ignorefile.ReadAll(strings.NewReader(string(text)))
	if err != nil {
		return nil, err
	}
	return patternmatcher.New(patterns)
}

// leftovers are folders to be removed when the tests are done.
var leftovers []string

func TestMain(m *testing.M) {
	status := m.Run()
	for _, dir := range leftovers {
		_ = os.RemoveAll(dir)
	}
	os.Exit(status)
}

// builder carries out a Dockerfile without a container engine. It knows the instructions that ours needs, in the form that
// ours gives them, and refuses every other. Programs are run as they are here, in the place of those of a base image.
type builder struct {
	context string
	ignored *patternmatcher.PatternMatcher
	dir     string
	stages  map[string]*image
	now     *image
	workdir string
}

func (b *builder) build(path string) (*image, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		if err := b.instruction(word, strings.TrimSpace(rest)); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		}
	}
	if b.now == nil {
		return nil, errors.New("no stage")
	}
	return b.now, nil
}

func (b *builder) instruction(word, rest string) error {
	if b.now == nil && word != "FROM" {
		return fmt.Errorf("%s before FROM", word)
	}
	switch word {
	case "FROM":
		return b.from(strings.Fields(rest))
	case "WORKDIR":
		b.workdir = rest
		return os.MkdirAll(filepath.Join(b.now.dir, rest), 0o755)
	case "COPY":
		return b.copy(strings.Fields(rest))
	case "RUN":
		return b.run(rest)
	case "USER":
		b.now.user = rest
	case "VOLUME":
		b.now.volumes = append(b.now.volumes, strings.Fields(rest)...)
	case "EXPOSE":
		b.now.exposed = append(b.now.exposed, strings.Fields(rest)...)
	case "ENTRYPOINT":
		return json.Unmarshal([]byte(rest), &b.now.entrypoint)
	case "CMD":
		return json.Unmarshal([]byte(rest), &b.now.cmd)
	default:
		return fmt.Errorf("%s is not an instruction that this test knows", word)
	}
	return nil
}

func (b *builder) from(words []string) error {
	if len(words) != 1 && (len(words) != 3 || words[1] != "AS") {
		return fmt.Errorf("FROM %q", words)
	}
	toolchain := words[0]
	if b.now != nil {
		toolchain = b.now.base
	}
	b.now = &image{base: words[0], toolchain: toolchain, dir: filepath.Join(b.dir, strconv.Itoa(len(b.stages))), owned: map[string]string{}}
	b.workdir = "/"
	name := strconv.Itoa(len(b.stages))
	if len(words) == 3 {
		name = words[2]
	}
	b.stages[name] = b.now
	return os.Mkdir(b.now.dir, 0o755)
}

// run runs a line in the folder of the stage. Its absolute paths are those of the stage. Modules are here already.
func (b *builder) run(line string) error {
	if line == "go mod download" {
		return nil
	}
	words := strings.Fields(line)
	for i, word := range words {
		if strings.HasPrefix(word, "/") {
			words[i] = filepath.Join(b.now.dir, word)
			if err := os.MkdirAll(filepath.Dir(words[i]), 0o755); err != nil {
				return err
			}
		}
	}
	cmd := exec.Command("/bin/sh", "-c", strings.Join(words, " "))
	cmd.Dir = filepath.Join(b.now.dir, b.workdir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", line, err, out)
	}
	return nil
}

// copy copies files from the repository, leaving out those ignored, or from another stage.
func (b *builder) copy(words []string) error {
	from, owner := "", ""
	for len(words) > 0 && strings.HasPrefix(words[0], "--") {
		name, value, _ := strings.Cut(words[0], "=")
		switch name {
		case "--from":
			from = value
		case "--chown":
			owner = value
		default:
			return fmt.Errorf("COPY %s is not known to this test", name)
		}
		words = words[1:]
	}
	if len(words) < 2 {
		return fmt.Errorf("COPY %q", words)
	}
	target := words[len(words)-1]
	if owner != "" {
		b.now.owned[target] = owner
	}
	for _, source := range words[:len(words)-1] {
		if err := b.copyOne(from, source, target); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) copyOne(from, source, target string) error {
	folder, skip, file := b.context, b.ignored.MatchesOrParentMatches, copyFile
	if from != "" {
		stage, ok := b.stages[from]
		if !ok {
			return fmt.Errorf("no stage %q", from)
		}
		folder, skip, file = stage.dir, func(string) (bool, error) { return false, nil }, os.Link
	}
	target = filepath.Join(b.now.dir, b.path(target), map[bool]string{true: filepath.Base(source)}[strings.HasSuffix(target, "/")])
	top := filepath.Join(folder, source)
	copied := 0
	err := filepath.WalkDir(top, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if left, err := skip(name); err != nil || left && name != "." {
			return skipped(entry, err)
		}
		copied++
		below, err := filepath.Rel(top, path)
		if err != nil {
			return err
		}
		return place(path, filepath.Join(target, below), file)
	})
	if err == nil && copied == 0 {
		return fmt.Errorf("COPY %s: it is ignored", source)
	}
	return err
}

// path returns a path of the stage in full.
func (b *builder) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(b.workdir, name)
}

func skipped(entry fs.DirEntry, err error) error {
	if err == nil && entry.IsDir() {
		return fs.SkipDir
	}
	return err
}

// place makes a folder as another is, or calls file for what is one. Programs are linked and
// not copied: one that this process has open to write while a test beside this one starts a process cannot be run.
func place(from, to string, file func(from, to string) error) error {
	info, err := os.Lstat(from)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return os.MkdirAll(to, info.Mode().Perm()|0o700)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is neither a file nor a folder", from)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return file(from, to)
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}

// container returns the image, built.
func container(t *testing.T) *image {
	t.Helper()
	i, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// root returns a file system made of the image.
func (i *image) root(t *testing.T) *root {
	t.Helper()
	r := newRoot(t)
	err := filepath.WalkDir(i.dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return place(path, r.at(strings.TrimPrefix(path, i.dir)), os.Link)
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
