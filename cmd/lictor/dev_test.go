package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// TestDevServesWhatFails compiles definitions whose tests fail: dev serves them all the same, and tells of
// each failure once.
func TestDevServesWhatFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "main.yaml"), strings.ReplaceAll(readers, "expect: ALLOW", "expect: DENY"))
	var out bytes.Buffer
	d := dev{dir: dir, out: &out}
	s := d.take(t.Context())
	if s.Error != "" || s.Revision == "" || d.Current() == nil || s.Tests == nil || s.Tests.Failed != 1 {
		t.Fatalf("%+v", s)
	}
	if err := d.say(s); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Count(text, "main.yaml:5:12: ") != 1 || !strings.Contains(text, "serving revision") {
		t.Errorf("dev says\n%s", text)
	}
	d.asJSON = true
	out.Reset()
	if err := d.say(s); err != nil || strings.Count(out.String(), "anybody reads") != 1 {
		t.Errorf("dev says (%v)\n%s", err, out.String())
	}
}
