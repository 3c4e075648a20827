//go:build wasip1

package main

import (
	"github.com/lictor-dev/lictor/runtime/proxy"
)

var (
	gate = &proxy.Gate{} // which refuses everything
	busy bool            // a request is being handled, or was when the host broke off
)

func init() {
	defer func() {
		if recover() != nil {
			gate = &proxy.Gate{}
			log(proxy.Error, "BUG: the module could not be set up")
		}
	}()
	text, err := read(hostConfig, proxy.MaxConfig)
	if err != nil {
		log(proxy.Error, "configuration: "+err.Error())
		return
	}
	if gate, err = proxy.New(text, proxy.Environment{Log: log}); err != nil {
		log(proxy.Error, err.Error())
	}
}

// handleRequest returns 1 when the request may go on, 0 when it was answered.
//
// A call that the host broke off, because a function of its own failed, leaves the instance in the midst of things: what
// it says from then on is no.
//
//go:wasmexport handle_request
func handleRequest() (contextNext uint64) {
	if busy {
		exchange{}.Refuse(503, "")
		return 0
	}
	busy = true
	pass := gate.Handle(exchange{})
	busy = false
	if pass {
		return 1
	}
	return 0
}

// handleResponse has nothing to do with what upstream answered.
//
//go:wasmexport handle_response
func handleResponse(_, _ uint32) {}

func log(level proxy.Level, text string) {
	to := int32(levelInfo)
	if level == proxy.Error {
		to = levelError
	}
	if hostLogEnabled(to) != 0 {
		hostLog(to, "lictor: "+text)
	}
}
