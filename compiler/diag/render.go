package diag

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	tabWidth  = 4
	lineRunes = 160 // code points of a source line shown at most
)

// Write writes the list for people: for each diagnostic its place, severity, code and message, the
// line it is about with carets under it, its related places and its hint.
//
//	roles.yaml:3:14: error E0203: role "raeder" is not defined
//	    includes: [raeder]
//	               ^^^^^^
//	  hint: did you mean "reader"?
//
// Lines are taken from files; where a file cannot be read, or files is nil, they are left out. Values of
// keys that hold a secret are masked in them. The error is the writer's.
func (l List) Write(w io.Writer, files fs.FS) error {
	out := bufio.NewWriter(w)
	sources := sourceLines{files: files, read: map[string][]string{}}
	for i := range l {
		writeOne(out, &l[i], sources)
	}
	return out.Flush()
}

// String returns the list as [List.Write] writes it without source lines.
func (l List) String() string {
	var b strings.Builder
	_ = l.Write(&b, nil) // a strings.Builder never fails
	return b.String()
}

func writeOne(out *bufio.Writer, d *Diagnostic, sources sourceLines) {
	fmt.Fprintf(out, "%s: %s %s: %s\n", d.Pos, d.Severity, d.Code, d.Message)
	if line, ok := sources.line(d.Pos); ok {
		writeCaret(out, line, d)
	}
	for _, r := range d.Related {
		fmt.Fprintf(out, "  %s: %s\n", r.Pos, r.Message)
	}
	if d.Hint != "" {
		fmt.Fprintf(out, "  hint: %s\n", d.Hint)
	}
}

// String returns the place as file:line:col, without what is not known.
func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// writeCaret writes the source line and, below it, a caret for each code point that d is about. Of a long line
// only the part around the caret is shown.
func writeCaret(out *bufio.Writer, line string, d *Diagnostic) {
	text := []rune(line)
	col := min(max(d.Pos.Col, 1), len(text)+1) - 1
	from := 0
	if col > lineRunes/2 {
		from = min(col-lineRunes/2, max(0, len(text)-lineRunes))
	}
	to := min(len(text), from+lineRunes)
	for from < col && (text[from] == ' ' || text[from] == '\t') {
		from++
	}
	if from >= to {
		return
	}
	out.WriteString("    ")
	writeRunes(out, text[from:to])
	out.WriteString("\n")
	if d.Pos.Col == 0 {
		return
	}
	out.WriteString("    ")
	for _, r := range text[from:col] {
		out.WriteString(strings.Repeat(" ", width(r)))
	}
	carets := 0
	for _, r := range text[col:min(to, col+max(d.Width, 1))] {
		carets += width(r)
	}
	out.WriteString(strings.Repeat("^", max(1, carets)))
	out.WriteString("\n")
}

// width returns the number of columns a code point is shown in.
func width(r rune) int {
	if r == '\t' {
		return tabWidth
	}
	return 1
}

// writeRunes writes text with tabs as spaces and control characters replaced, so that a definition
// cannot steer the terminal it is shown on.
func writeRunes(out *bufio.Writer, text []rune) {
	for _, r := range text {
		switch {
		case r == '\t':
			out.WriteString(strings.Repeat(" ", tabWidth))
		case r < ' ' || r >= 0x7F && r < 0xA0 || r == utf8.RuneError || directional(r):
			out.WriteRune('\uFFFD')
		default:
			out.WriteRune(r)
		}
	}
}

// directional reports whether r changes the direction text is shown in.
func directional(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

// sourceLines reads files once each.
type sourceLines struct {
	files fs.FS
	read  map[string][]string
}

func (s sourceLines) line(p Pos) (string, bool) {
	if s.files == nil || p.Line == 0 {
		return "", false
	}
	lines, ok := s.read[p.File]
	if !ok {
		if text, err := fs.ReadFile(s.files, p.File); err == nil {
			lines = Lines(string(text))
		}
		s.read[p.File] = lines
	}
	if p.Line > len(lines) {
		return "", false
	}
	return mask(lines[p.Line-1]), true
}

// secretValue matches what follows a key that names a secret, and password hashes wherever they stand.
var secretValue = regexp.MustCompile(`(?i)((?:secret|passw)[\w-]*["']?\s*:\s*)("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|[^\s,}]+)|\$[a-z0-9-]+\$[^\s"',}\]]+`)

// mask replaces secrets in a source line by as many asterisks.
func mask(line string) string {
	if !strings.ContainsAny(line, "$:") {
		return line
	}
	var b strings.Builder
	at := 0
	for _, m := range secretValue.FindAllStringSubmatchIndex(line, -1) {
		from, to := m[0], m[1]
		if m[4] >= 0 {
			from, to = m[4], m[5]
		}
		b.WriteString(line[at:from])
		b.WriteString(strings.Repeat("*", utf8.RuneCountInString(line[from:to])))
		at = to
	}
	b.WriteString(line[at:])
	return b.String()
}
