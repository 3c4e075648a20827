package config

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Print writes the configuration as a file that says the same. Settings name files that hold secrets, and hold none.
func (c *Config) Print(w io.Writer) error {
	var b strings.Builder
	var open []string // the parts of the file that the line before is in
	for i := range settings {
		s := &settings[i]
		texts := s.get(c)
		if texts == nil {
			continue
		}
		parts := strings.Split(s.key, ".")
		open = enter(&b, open, parts[:len(parts)-1])
		fmt.Fprintf(&b, "%s%s: %s\n", strings.Repeat("  ", len(open)), parts[len(parts)-1], s.yaml(texts))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// enter writes the names of parts of the file that are not open yet.
func enter(b *strings.Builder, open, parts []string) []string {
	same := 0
	for same < len(open) && same < len(parts) && open[same] == parts[same] {
		same++
	}
	for ; same < len(parts); same++ {
		fmt.Fprintf(b, "%s%s:\n", strings.Repeat("  ", same), parts[same])
	}
	return parts
}

// yaml returns what is set as YAML, which has text as JSON has it.
func (s *setting) yaml(texts []string) string {
	var text []byte
	switch {
	case s.many:
		text, _ = json.Marshal(texts) // text is always JSON
	case s.plain && s.word != "size":
		return texts[0]
	default:
		text, _ = json.Marshal(texts[0])
	}
	return string(text)
}
