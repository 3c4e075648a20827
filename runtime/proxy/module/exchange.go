//go:build wasip1

package main

import (
	"bytes"
	"errors"
	"unsafe"
)

// What a request may have at most. A longer one is not looked at, and refused.
const (
	maxMethod  = 64
	maxURI     = 64 << 10
	maxHeaders = 64 << 10 // of one name
)

var (
	errTooLong  = errors.New("longer than what is looked at")
	errChanging = errors.New("the host gives another length each time")
	errNoList   = errors.New("the host gives a list that is none")
)

// scratch is read into first. It is not copied: an instance has one request at a time, and nothing of a request is kept
// beyond it but in strings.
var scratch [4 << 10]byte

// exchange is the request that the host has at hand.
type exchange struct{}

func (exchange) Method() (string, error) {
	text, err := read(hostMethod, maxMethod)
	return string(text), err
}

func (exchange) URI() (string, error) {
	text, err := read(hostURI, maxURI)
	return string(text), err
}

func (exchange) Header(name string) ([]string, error) {
	var count uint32
	list, err := read(func(buffer unsafe.Pointer, limit uint32) uint32 {
		answer := hostHeaderValues(requestHeader, name, buffer, limit)
		count = uint32(answer >> 32)
		return uint32(answer)
	}, maxHeaders)
	if err != nil {
		return nil, err
	}
	return split(list, count)
}

func (exchange) SetHeader(name, value string) { hostSetHeader(requestHeader, name, value) }

func (exchange) RemoveHeader(name string) { hostRemoveHeader(requestHeader, name) }

// Refuse writes no body: a host whose client has gone would trap, and the instance be lost. The status comes last, since
// hosts send what they have as soon as they know it.
func (exchange) Refuse(status int, challenge string) {
	if challenge != "" {
		hostSetHeader(responseHeader, "WWW-Authenticate", challenge)
	}
	hostSetStatus(uint32(status))
}

// read returns what a function of the host fills a buffer with. It is valid until the next read.
func read(fill func(buffer unsafe.Pointer, limit uint32) uint32, most int) ([]byte, error) {
	length := fill(unsafe.Pointer(&scratch), uint32(len(scratch)))
	switch {
	case uint64(length) > uint64(most):
		return nil, errTooLong
	case int(length) <= len(scratch):
		return scratch[:length], nil
	}
	buffer := make([]byte, length)
	if fill(unsafe.Pointer(unsafe.SliceData(buffer)), length) != length {
		return nil, errChanging
	}
	return buffer, nil
}

// split returns the texts of a list that ends each with a NUL.
func split(list []byte, count uint32) ([]string, error) {
	if bytes.Count(list, []byte{0}) != int(count) || len(list) > 0 && list[len(list)-1] != 0 {
		return nil, errNoList
	}
	values := make([]string, 0, count)
	for text := range bytes.SplitSeq(list, []byte{0}) {
		values = append(values, string(text))
	}
	return values[:count], nil
}
