package lictor_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// terminal runs the commands of one document. It knows what documents use and nothing more: bin/lictor, in
// the foreground or (with a closing "&") behind it, curl with -s, -i, -H and -d, echo $?, and kill %1.
type terminal struct {
	t      *testing.T
	binary string
	dir    string
	ports  *strings.Replacer // from the ports of the document to free ones
	back   *strings.Replacer // and back
	status int               // exit status of the last command
	stop   func()            // ends the server that was started last
}

func newTerminal(t *testing.T, binary string) *terminal {
	t.Helper()
	dir := t.TempDir()
	for _, example := range []string{"springfield", "newsletter", "bookstore"} {
		folder := filepath.Join("examples", example)
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(folder)); err != nil {
			t.Fatal(err)
		}
	}
	data, admin := freeAddress(t), freeAddress(t)
	return &terminal{
		t: t, binary: binary, dir: dir,
		ports: strings.NewReplacer("127.0.0.1:8282", data, "127.0.0.1:8283", admin),
		back:  strings.NewReplacer(data, "127.0.0.1:8282", admin, "127.0.0.1:8283"),
	}
}

// freeAddress returns a local address that nothing listens on at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// replay returns document with the output below each "$ command" of a console block replaced by what the
// command prints, and the number of commands. A command goes on over lines inside single quotes.
func (m *terminal) replay(document string) (text string, ran int) {
	var out strings.Builder
	inside := false
	lines := strings.SplitAfter(document, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case !inside:
			inside = strings.HasPrefix(line, "```console")
			out.WriteString(line)
		case strings.HasPrefix(line, "```"):
			inside = false
			out.WriteString(line)
		case strings.HasPrefix(line, "$ "):
			command := line
			for strings.Count(command, "'")%2 == 1 && i+1 < len(lines) {
				i++
				command += lines[i]
			}
			out.WriteString(command)
			out.WriteString(m.run(strings.TrimPrefix(command, "$ ")))
			ran++
		}
	}
	return out.String(), ran
}

// run runs one command and returns what it prints, with a closing line feed.
func (m *terminal) run(command string) string {
	m.t.Helper()
	words := split(m.ports.Replace(command))
	var printed string
	switch {
	case words[0] == "bin/lictor" && words[len(words)-1] == "&":
		printed = m.start(words[1 : len(words)-1])
	case words[0] == "bin/lictor":
		printed = m.lictor(words[1:])
	case words[0] == "curl":
		printed = m.curl(words[1:])
	case strings.TrimSpace(command) == "echo $?":
		printed = strconv.Itoa(m.status)
	case strings.TrimSpace(command) == "kill %1" && m.stop != nil:
		m.stop()
	default:
		m.t.Fatalf("the document runs %q, which this test does not know", words[0])
	}
	printed = m.back.Replace(printed)
	if printed != "" && !strings.HasSuffix(printed, "\n") {
		printed += "\n"
	}
	return printed
}

func (m *terminal) lictor(args []string) string {
	command := exec.Command(m.binary, args...)
	command.Dir = m.dir
	printed, err := command.CombinedOutput()
	if command.ProcessState == nil {
		m.t.Fatal(err)
	}
	m.status = command.ProcessState.ExitCode()
	return string(printed)
}

// start runs a server until the end of the test and returns the first line that it prints, which says that it
// can be asked.
func (m *terminal) start(args []string) string {
	m.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, m.binary, args...)
	command.Dir = m.dir
	out, err := command.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.stop = sync.OnceFunc(func() {
		cancel()
		_ = command.Wait() // ends with the signal that cancel sent
	})
	m.t.Cleanup(m.stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		m.t.Fatalf("the server ended: %q: %v", line, err)
	}
	return line
}

// curl makes one request and returns the body of the answer.
func (m *terminal) curl(args []string) string {
	m.t.Helper()
	request := &http.Request{Method: http.MethodGet, Header: http.Header{}}
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-s":
		case "-d":
			i++
			request.Method, request.Body = http.MethodPost, io.NopCloser(strings.NewReader(args[i]))
			request.ContentLength = int64(len(args[i]))
			if request.Header.Get("Content-Type") == "" {
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
		case "-H":
			i++
			name, value, _ := strings.Cut(args[i], ": ")
			request.Header.Set(name, value)
		default:
			address, err := url.Parse(args[i])
			if err != nil {
				m.t.Fatal(err)
			}
			request.URL = address
		}
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		m.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	return string(text)
}

// split cuts a command into words as a shell does, with single and double quotes and no escapes.
func split(command string) []string {
	var words []string
	var word strings.Builder
	quote, begun := rune(0), false
	for _, c := range strings.TrimSpace(command) + " " {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, begun = c, true
		case quote == 0 && (c == ' ' || c == '\n'):
			if begun {
				words = append(words, word.String())
				word.Reset()
			}
			begun = false
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	return words
}
