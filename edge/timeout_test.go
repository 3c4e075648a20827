package edge_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/edge"
)

// TestTimeouts wants a request that does not come to its end to be told so, and an idle connection to be closed in silence.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	s := edge.New(edge.Options{Source: newSource(newGeneration(t, "r1")), ReadTimeout: 200 * time.Millisecond, IdleTimeout: 300 * time.Millisecond})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.ServeData(ln) }()
	t.Cleanup(func() {
		ln.Close()
		if err := await(t, served, "the end of serving"); err != nil {
			t.Error(err)
		}
	})
	whole := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", evaluation, len(question()), question())
	tests := []struct{ name, sent, want string }{
		{"nothing", "", "408"},
		{"half a head", whole[:20], "408"},
		{"half a body", whole[:len(whole)-1], "408"},
		{"one request", whole, "200"},
		{"one request and a half", whole + whole[:20], "200 408"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			ended := make(chan string, 1)
			go func() {
				answers, _ := io.ReadAll(c)
				ended <- string(answers)
			}()
			if _, err := io.WriteString(c, tt.sent); err != nil {
				t.Fatal(err)
			}
			answers := await(t, ended, "the end of the connection")
			var got []string
			for _, part := range strings.Split(answers, "HTTP/1.1 ")[1:] {
				got = append(got, part[:3])
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("%q, want %s", answers, tt.want)
			}
		})
	}
}
