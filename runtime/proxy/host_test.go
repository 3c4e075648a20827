package proxy_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/lictor-dev/lictor/runtime/guest/built"
)

// host is a proxy that loads plugins of the http-wasm ABI: as much of it as the module imports, and strict. What the ABI
// forbids is a trap, and so is a host function that fails: the request is then answered 500 and never passes.
type host struct {
	loaded
	settings settings
	pool     chan *instance // as many as requests may be under way at once

	mu     sync.Mutex
	lines  []line
	traps  []error
	failed map[string]bool // names of functions that trap from now on
}

// settings say what a host gives its module.
type settings struct {
	config    string
	mount     string // folder that is "/lictor" in the module; empty for none
	state     string // folder that is "/state", writable
	instances int    // 0: one
	start     []string
	clock     func() time.Time                         // nil: the system's
	noClock   bool                                     // the module's clock is wazero's, which stands still
	lists     func(list string) (lie string, more int) // what the host says of a list that is not empty, and by how many too many
	targets   func(asked int) string                   // what it says the target is, when it is asked for the so manyth time
	repair    bool                                     // throw an instance away that trapped, as http-wasm's own host does not
}

type line struct {
	level int32
	text  string
}

// instance is one instance of the module. It has one request at a time.
type instance struct {
	module api.Module
	handle api.Function
	answer api.Function
}

// visit is the request that an instance has at hand.
type visit struct {
	w      http.ResponseWriter
	r      *http.Request
	uri    string // as a host may give it that leaves targets as they are; empty: of r
	asked  int    // how often for the target
	passed bool   // upstream has it: nothing can be changed any more
	status int
}

type (
	hostKey  struct{}
	visitKey struct{}
)

// loaded is the module in a runtime of its own, compiled once for all hosts of these tests. Its host functions find the host
// in their context.
type loaded struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
}

var load = sync.OnceValues(func() (l loaded, err error) {
	code, err := built.Build("github.com/lictor-dev/lictor/runtime/proxy/module")
	if err != nil {
		return l, err
	}
	ctx := context.Background()
	l.runtime = wazero.NewRuntime(ctx)
	if _, err = wasi_snapshot_preview1.Instantiate(ctx, l.runtime); err != nil {
		return l, err
	}
	if err = export(ctx, l.runtime); err != nil {
		return l, err
	}
	l.compiled, err = l.runtime.CompileModule(ctx, code)
	return l, err
})

// newHost has a new host load the module.
func newHost(t *testing.T, s settings) *host {
	t.Helper()
	l, err := load()
	if err != nil {
		t.Fatal(err)
	}
	n := max(1, s.instances)
	h := &host{loaded: l, settings: s, failed: map[string]bool{}, pool: make(chan *instance, n)}
	for range n {
		i, err := h.instantiate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		h.pool <- i
	}
	t.Cleanup(func() {
		for range n {
			i := <-h.pool
			_ = i.module.Close(context.Background())
		}
	})
	return h
}

func (h *host) instantiate(ctx context.Context) (*instance, error) {
	start := h.settings.start
	if start == nil {
		start = []string{"_start", "_initialize"} // as Traefik has it
	}
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions(start...).WithStderr(os.Stderr)
	switch clock := h.settings.clock; {
	case clock != nil:
		config = config.WithWalltime(func() (int64, int32) { now := clock(); return now.Unix(), int32(now.Nanosecond()) }, 1)
	case !h.settings.noClock:
		config = config.WithSysWalltime()
	}
	fs := wazero.NewFSConfig()
	if h.settings.mount != "" {
		fs = fs.WithReadOnlyDirMount(h.settings.mount, "/lictor")
	}
	if h.settings.state != "" {
		fs = fs.WithDirMount(h.settings.state, "/state")
	}
	m, err := h.runtime.InstantiateModule(context.WithValue(ctx, hostKey{}, h), h.compiled, config.WithFSConfig(fs))
	if err != nil {
		return nil, err
	}
	return &instance{m, m.ExportedFunction("handle_request"), m.ExportedFunction("handle_response")}, nil
}

// middleware puts the module in front of next.
func (h *host) middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var i *instance
		select {
		case i = <-h.pool:
		case <-time.After(time.Minute):
			http.Error(w, "no instance is free", http.StatusInternalServerError)
			return
		}
		trapped := h.serve(i, &visit{w: w, r: r}, next)
		if trapped && h.settings.repair {
			_ = i.module.Close(context.Background())
			fresh, err := h.instantiate(context.Background())
			if err != nil {
				h.trap(err)
			} else {
				i = fresh
			}
		}
		h.pool <- i
	})
}

func (h *host) serve(i *instance, v *visit, next http.Handler) (trapped bool) {
	ctx := context.WithValue(context.WithValue(context.Background(), hostKey{}, h), visitKey{}, v)
	result, err := i.handle.Call(ctx)
	if err != nil {
		h.trap(err)
		if v.status == 0 {
			v.w.WriteHeader(http.StatusInternalServerError)
		}
		return true
	}
	if uint32(result[0]) == 0 {
		return false
	}
	v.passed = true
	next.ServeHTTP(v.w, v.r)
	if _, err := i.answer.Call(ctx, result[0]>>32, 0); err != nil {
		h.trap(err)
		return true
	}
	return false
}

func (h *host) trap(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.traps = append(h.traps, err)
}

// log returns what the module has logged, and forgets it.
func (h *host) log() []line {
	h.mu.Lock()
	defer h.mu.Unlock()
	lines := h.lines
	h.lines = nil
	return lines
}

// fail has a function of the host trap, or work again.
func (h *host) fail(function string, fails bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failed[function] = fails
}

var errFailed = errors.New("the host cannot do this")

// call is one call of a host function.
type call struct {
	*host
	ctx    context.Context
	memory api.Memory
	stack  []uint64
}

const i32, i64 = api.ValueTypeI32, api.ValueTypeI64

// export makes the module "http_handler" (https://http-wasm.io/http-handler-abi/).
func export(ctx context.Context, r wazero.Runtime) error {
	b := r.NewHostModuleBuilder("http_handler")
	function := func(name string, params int, results []api.ValueType, f func(c call)) {
		checked := func(ctx context.Context, m api.Module, stack []uint64) {
			h := ctx.Value(hostKey{}).(*host)
			h.mu.Lock()
			fails := h.failed[name]
			h.mu.Unlock()
			if fails {
				panic(errFailed)
			}
			f(call{h, ctx, m.Memory(), stack})
		}
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(checked),
			slices.Repeat([]api.ValueType{i32}, params), results).Export(name)
	}
	one, long := []api.ValueType{i32}, []api.ValueType{i64}
	function("get_config", 2, one, func(c call) { c.fill(0, c.settings.config) })
	function("log_enabled", 1, one, func(c call) { c.stack[0] = 1 })
	function("log", 3, nil, call.hear)
	function("get_method", 2, one, func(c call) { c.fill(0, c.visit().r.Method) })
	function("get_uri", 2, one, func(c call) { c.fill(0, c.visit().target(c.settings)) })
	function("get_header_values", 5, long, call.headerValues)
	function("set_header_value", 5, nil, func(c call) { c.headers().Set(c.name(1), c.text(3)) })
	function("remove_header", 3, nil, func(c call) { c.headers().Del(c.name(1)) })
	function("set_status_code", 1, nil, call.setStatus)
	_, err := b.Instantiate(ctx)
	return err
}

// target is what get_uri says.
func (v *visit) target(s settings) string {
	if v.asked++; s.targets != nil {
		return s.targets(v.asked)
	}
	return cmp.Or(v.uri, uri(v.r))
}

// uri is what a proxy written in Go has left of the request's target.
func uri(r *http.Request) string {
	text := r.URL.EscapedPath()
	if text == "" {
		text = "/"
	}
	if r.URL.ForceQuery || r.URL.RawQuery != "" {
		text += "?" + r.URL.RawQuery
	}
	return text
}

func (c call) hear() {
	level := int32(uint32(c.stack[0]))
	if level < -1 || level > 3 {
		panic(fmt.Errorf("log level %d", level))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, line{level, c.text(1)})
}

// visit returns the request at hand. There is none while the module starts.
func (c call) visit() *visit {
	v, ok := c.ctx.Value(visitKey{}).(*visit)
	if !ok {
		panic(errors.New("there is no request"))
	}
	return v
}

// text reads a text whose offset and length are the arguments from at.
func (c call) text(at int) string {
	b, ok := c.memory.Read(uint32(c.stack[at]), uint32(c.stack[at+1]))
	if !ok {
		panic(errors.New("beyond the memory"))
	}
	return string(b)
}

func (c call) name(at int) string {
	name := c.text(at)
	if name == "" {
		panic(errors.New("a header without a name"))
	}
	return name
}

// fill writes text into the buffer of the arguments from at, unless it is longer than their limit. It returns its length.
func (c call) fill(at int, text string) {
	if buffer, limit := uint32(c.stack[at]), uint32(c.stack[at+1]); uint64(len(text)) <= uint64(limit) {
		if !c.memory.WriteString(buffer, text) {
			panic(errors.New("beyond the memory"))
		}
	}
	c.stack[0] = uint64(len(text))
}

// headers returns the headers of the kind that the first argument says: of the request or of the answer.
func (c call) headers() http.Header {
	v := c.visit()
	if v.passed || v.status != 0 {
		panic(errors.New("too late to change a header"))
	}
	switch kind := uint32(c.stack[0]); kind {
	case 0:
		return v.r.Header
	case 1:
		return v.w.Header()
	default:
		panic(fmt.Errorf("kind of header %d", kind))
	}
}

func (c call) headerValues() {
	values := c.headers().Values(c.name(1))
	list, count := strings.Join(append(slices.Clone(values), ""), "\x00"), len(values)
	if c.settings.lists != nil && count > 0 {
		lie, more := c.settings.lists(list)
		list, count = lie, count+more
	}
	c.fill(3, list)
	c.stack[0] = uint64(uint32(count))<<32 | uint64(len(list))
}

func (c call) setStatus() {
	v := c.visit()
	if v.passed || v.status != 0 {
		panic(errors.New("too late for a status"))
	}
	v.status = int(uint32(c.stack[0]))
	v.w.WriteHeader(v.status)
}
