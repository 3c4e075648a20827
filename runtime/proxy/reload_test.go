package proxy_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a clock that is set by hand.
type clock struct{ atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.Store(time.Date(2026, time.July, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time { return time.Unix(0, c.Load()) }

func (c *clock) step(d time.Duration) { c.Add(int64(d)) }

// reading is the configuration of a proxy that reads its bundle from a folder.
var reading = object{
	"bundle": "/lictor/bundle.tar.gz", "reload_seconds": 10, "subject_header": "X-User",
	"upstream_headers": object{"X-Lictor-Revision": "revision"},
}

// TestModuleReloads steps through what happens to a bundle's file while one instance serves.
func TestModuleReloads(t *testing.T) {
	t.Parallel()
	mine, verify := key(t, 1)
	other, _ := key(t, 2)
	f, c := newFolder(t), newClock()
	made := func(revision string, epoch uint64) []byte {
		return bundle(t, draft{revision: revision, epoch: epoch, key: mine})
	}
	h := newHost(t, settings{
		config: reading.with(object{"verify_key": verify}).text(t), mount: f.dir, clock: c.now,
	})
	server := front(t, h)
	none := func() {}
	put := func(content []byte) func() { return func() { f.put(t, content) } }
	steps := []struct {
		name string
		do   func()
		wait time.Duration
		want string // revision; empty: 503
		log  string
	}{
		{"there is none", none, 0, "", ""},
		{"still none", none, 10 * time.Second, "", ""},
		{"one comes", put(made("r1", 3)), 9 * time.Second, "", ""},
		{"it is seen", none, time.Second, "r1", "revision r1, epoch 3, decides"},
		{"another one comes", put(made("r2", 4)), 9 * time.Second, "r1", ""},
		{"that is seen", none, time.Second, "r2", "revision r2, epoch 4, decides"},
		{"older", put(made("r3", 3)), 10 * time.Second, "r2", "epoch 3"},
		{"older still", none, 10 * time.Second, "r2", ""},
		{"damaged", put(bytes.Repeat([]byte{1}, 100)), 10 * time.Second, "r2", "not taken up"},
		{"not signed", put(bundle(t, draft{revision: "r4", epoch: 9})), 10 * time.Second, "r2", "the bundle is not signed"},
		{"signed by another", put(bundle(t, draft{revision: "r5", epoch: 9, key: other})), 10 * time.Second, "r2", "signature"},
		{"half", put(made("r6", 9)[:200]), 10 * time.Second, "r2", "truncated"},
		{"gone", func() { _ = os.Remove(f.path()) }, 10 * time.Second, "r2", "No such file"},
		{"back", put(made("r2", 4)), 10 * time.Second, "r2", ""},
		{"equal epoch", put(made("r7", 4)), 10 * time.Second, "r7", "revision r7, epoch 4, decides"},
		{"the clock is set back", put(made("r8", 5)), -time.Hour, "r8", "revision r8, epoch 5, decides"},
		{"the first one again", put(made("r1", 3)), 10 * time.Second, "r8", "epoch 3"},
		{"the same again", put(made("r8", 5)), 10 * time.Second, "r8", ""},
	}
	if lines := h.log(); len(lines) != 1 || !strings.Contains(lines[0].text, "No such file") {
		t.Errorf("at the start: log %+v", lines)
	}
	for _, s := range steps {
		s.do()
		c.step(s.wait)
		got := send(t, server, "GET /login")
		switch {
		case s.want == "" && got.Status != 503, s.want != "" && got != passed("GET|/login|"+s.want+"|"):
			t.Errorf("%s: %+v, want revision %q", s.name, got, s.want)
		}
		lines := h.log()
		if s.want == "" {
			lines = lines[:len(lines)-1] // the refusal
		}
		if (len(lines) > 0) != (s.log != "") || len(lines) > 1 || len(lines) == 1 && !strings.Contains(lines[0].text, s.log) {
			t.Errorf("%s: log %+v, want one line with %q", s.name, lines, s.log)
		}
	}
}

// TestModuleState wants instances that share a state folder to share the highest epoch: one that starts later must not take up
// what an earlier one is past.
func TestModuleState(t *testing.T) {
	t.Parallel()
	mine, verify := key(t, 1)
	older, newer := bundle(t, draft{revision: "old", epoch: 9, key: mine}), bundle(t, draft{revision: "new", epoch: 10, key: mine})
	for _, remembers := range []bool{true, false} {
		t.Run(fmt.Sprintf("state: %v", remembers), func(t *testing.T) {
			t.Parallel()
			f, state := newFolder(t), t.TempDir()
			config := reading.with(object{"verify_key": verify})
			want := passed("GET|/login|old|")
			if remembers {
				config, want = config.with(object{"state": "/state"}), unavailable
			}
			s := settings{config: config.text(t), mount: f.dir, state: state}
			for i, content := range [][]byte{older, newer} {
				f.put(t, content)
				if got := send(t, front(t, newHost(t, s)), "GET /login"); got.Status != 200 {
					t.Fatalf("bundle %d: %+v", i, got)
				}
			}
			f.put(t, older)
			if got := send(t, front(t, newHost(t, s)), "GET /login"); got != want {
				t.Errorf("after a restart: %+v, want %+v", got, want)
			}
			entries, err := os.ReadDir(state)
			if err != nil {
				t.Fatal(err)
			}
			if remembers && (len(entries) != 1 || entries[0].Name() != "epoch-10") {
				t.Errorf("the state holds %v", entries)
			}
		})
	}
}

// TestModuleRetries wants a bundle in the configuration to be tried again when only the state was in its way.
func TestModuleRetries(t *testing.T) {
	t.Parallel()
	state, c := t.TempDir(), newClock()
	wrong := filepath.Join(state, "epoch-x")
	if err := os.WriteFile(wrong, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	h := newHost(t, settings{config: inline(bundle(t, draft{epoch: 1})).with(object{"state": "/state"}).text(t), state: state, clock: c.now})
	server := front(t, h)
	if got := send(t, server, "GET /login"); got != unavailable {
		t.Errorf("before: %+v", got)
	}
	if err := os.Remove(wrong); err != nil {
		t.Fatal(err)
	}
	c.step(5 * time.Second)
	if got := send(t, server, "GET /login"); got.Status != 200 {
		t.Errorf("after: %+v", got)
	}
}

// TestModuleHammer has eight clients ask four instances while bundles come and go. Each answer is that of one bundle: r1 lets
// rosa read, r2 lets her not.
func TestModuleHammer(t *testing.T) {
	t.Parallel()
	const clients, requests, every = 8, 150, 40
	f, c := newFolder(t), newClock()
	denies := strings.Replace(newsletter, `newsletter:read"]}`, `newsletter:look"]}`, 1)
	contents := [][]byte{
		bundle(t, draft{revision: "r1", epoch: 1}), bundle(t, draft{revision: "r2", epoch: 1, definitions: denies}), []byte("damaged"),
	}
	f.put(t, contents[0])
	h := newHost(t, settings{
		config: reading.with(object{"allow_unsigned": true, "reload_seconds": 1}).text(t), mount: f.dir, clock: c.now, instances: 4,
	})
	handler := h.middleware(http.HandlerFunc(upstream))
	var (
		done   sync.WaitGroup
		begun  atomic.Int64
		counts [2]atomic.Int64
		swap   sync.Mutex
	)
	ask := func() (status int, body string) {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/newsletters", nil)
		r.Header.Set("X-User", "rosa")
		handler.ServeHTTP(w, r)
		c.step(100 * time.Millisecond)
		return w.Code, w.Body.String()
	}
	one := func() {
		if n := begun.Add(1); n%every == 0 {
			swap.Lock()
			f.put(t, contents[n/every%3])
			swap.Unlock()
		}
		switch status, body := ask(); {
		case status == 200 && body == "GET|/newsletters|r1|":
			counts[0].Add(1)
		case status == 403 && body == "":
			counts[1].Add(1)
		default:
			t.Errorf("answer %d %q", status, body)
		}
	}
	for range clients {
		done.Go(func() {
			for range requests {
				one()
			}
		})
	}
	done.Wait()
	if counts[0].Load() == 0 || counts[1].Load() == 0 {
		t.Errorf("%d answers of r1, %d of r2", counts[0].Load(), counts[1].Load())
	}
	f.put(t, contents[0])
	c.step(time.Second)
	for range cap(h.pool) {
		if status, _ := ask(); status != 200 {
			t.Errorf("in the end: %d", status)
		}
	}
	if len(h.traps) > 0 {
		t.Errorf("traps: %v", h.traps)
	}
}

// TestModuleMemory wants the memory of an instance to be the same after many requests and many bundles.
func TestModuleMemory(t *testing.T) {
	t.Parallel()
	const rounds, requests, most = 100, 100, 32 << 20
	f, c := newFolder(t), newClock()
	contents := [][]byte{bundle(t, draft{revision: "r1"}), bundle(t, draft{revision: "r2"}), []byte("damaged")}
	f.put(t, contents[0])
	h := newHost(t, settings{config: reading.with(object{"allow_unsigned": true}).text(t), mount: f.dir, clock: c.now})
	i := <-h.pool
	h.pool <- i
	for round := range rounds {
		f.put(t, contents[round%len(contents)])
		c.step(time.Minute)
		for n := range requests {
			if got := h.ask(asked{"GET", "/newsletters/" + strings.Repeat("x", n), "rosa", ""}); got != 200 && got != 403 {
				t.Fatalf("round %d: %d", round, got)
			}
		}
	}
	if got := i.module.Memory().Size(); got > most {
		t.Errorf("%d bytes of memory after %d bundles and %d requests", got, rounds, rounds*requests)
	}
}
