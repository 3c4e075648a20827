package evaluator

import (
	"slices"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// The version of the ABI that this host needs (rule V2).
const (
	major = 1
	minor = 0
)

const wasi = "wasi_snapshot_preview1"

// wasiFunctions are those that a module may import (rule M3).
var wasiFunctions = []string{
	"args_get", "args_sizes_get", "clock_time_get", "environ_get", "environ_sizes_get", "fd_close", "fd_fdstat_get",
	"fd_fdstat_set_flags", "fd_prestat_dir_name", "fd_prestat_get", "fd_write", "poll_oneoff", "proc_exit", "random_get", "sched_yield",
}

const (
	i32 = api.ValueTypeI32
	i64 = api.ValueTypeI64
)

// signature is what an export takes and gives.
type signature struct {
	name  string
	args  int // i32 each
	gives []api.ValueType
}

var (
	number = []api.ValueType{i32}
	answer = []api.ValueType{i64}
)

// exports are those that this host calls.
var exports = []signature{
	{"lictor_abi", 0, number},
	{"lictor_buffer", 1, number},
	{"lictor_open_tables", 2, number},
	{"lictor_prove", 2, number},
	{"lictor_check", 2, number},
	{"lictor_decide", 2, answer},
	{"lictor_has_role", 2, number},
	{"lictor_ask", 3, answer},
	{"lictor_error", 0, answer},
	{"_initialize", 0, nil},
}

// conditionParams are the parameters of the import of rule C1.
var conditionParams = []api.ValueType{i32, i32, i32, i32, i32}

// inspect refuses a module that is not an evaluator, before any of it runs.
func inspect(m wazero.CompiledModule) error {
	var unknown, missing []string
	for _, f := range m.ImportedFunctions() {
		module, name, _ := f.Import()
		if !known(module, name, f) {
			unknown = append(unknown, module+"."+name)
		}
	}
	for _, memory := range m.ImportedMemories() {
		module, name, _ := memory.Import()
		unknown = append(unknown, module+"."+name)
	}
	if unknown != nil {
		return &ImportError{unknown}
	}
	functions := m.ExportedFunctions()
	for _, want := range exports {
		f := functions[want.name]
		if f == nil || !slices.Equal(f.ParamTypes(), slices.Repeat(number, want.args)) || !slices.Equal(f.ResultTypes(), want.gives) {
			missing = append(missing, want.name)
		}
	}
	if m.ExportedMemories()["memory"] == nil {
		missing = append(missing, "memory")
	}
	if missing != nil {
		return &ExportError{missing}
	}
	return nil
}

func known(module, name string, f api.FunctionDefinition) bool {
	switch module {
	case wasi:
		return slices.Contains(wasiFunctions, name)
	case "lictor":
		return name == "condition" && slices.Equal(f.ParamTypes(), conditionParams) && slices.Equal(f.ResultTypes(), number)
	default:
		return false
	}
}
