package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

// memory is what a process holds, in bytes: what is resident (Rss), in pages that no other process has (Private_Clean and
// Private_Dirty), in pages of files (Rss without Anonymous), all as /proc/self/smaps_rollup says, and Go's heap.
type memory struct {
	Resident, Private, Files, Heap int64
}

func readMemory() (memory, error) {
	rollup, err := fields("/proc/self/smaps_rollup")
	if err != nil {
		return memory{}, err
	}
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap)
	return memory{
		Resident: rollup["Rss"], Private: rollup["Private_Clean"] + rollup["Private_Dirty"],
		Files: rollup["Rss"] - rollup["Anonymous"], Heap: int64(heap[0].Value.Uint64()),
	}, nil
}

// resident returns what is resident now, and the most that was since [resetPeak] (VmRSS and VmHWM).
func resident() (now, peak int64, err error) {
	status, err := fields("/proc/self/status")
	return status["VmRSS"], status["VmHWM"], err
}

// resetPeak has the peak begin anew (proc(5), clear_refs).
func resetPeak() error { return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// fields returns the sizes in a file of /proc, in bytes.
func fields(path string) (map[string]int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sizes := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		name, value, found := strings.Cut(strings.TrimSpace(line), ":")
		kilobytes, isSize := strings.CutSuffix(value, " kB")
		if !found || !isSize {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(kilobytes), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		sizes[name] = n << 10
	}
	return sizes, nil
}

// collected returns what a process holds after a collection whose result was given back to the system.
func collected() (memory, error) {
	runtime.GC() // what has cleanups goes in the second round
	debug.FreeOSMemory()
	return readMemory()
}

// How long memory must have stayed the same to be called settled, and how long that is waited for at most.
const (
	calm     = 2 * time.Second
	patience = 20 * time.Second
)

// settled waits until memory does not fall any more, collecting nothing, and returns what is resident then.
func settled() (int64, error) {
	lowest, since := int64(-1), time.Now()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for end := since.Add(patience); ; <-look.C {
		now, _, err := resident()
		if err != nil {
			return 0, err
		}
		if lowest < 0 || now < lowest-lowest/200 {
			lowest, since = now, time.Now()
		}
		if time.Since(since) > calm || time.Now().After(end) {
			return now, nil
		}
	}
}
