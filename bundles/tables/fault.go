package tables

import "strconv"

// faultError says where or how much something is that another error is about. Package fmt would do, if this package
// were not part of the guest module, where fmt costs more than all of our code.
type faultError struct {
	text string
	err  error
}

func (e *faultError) Error() string { return e.text + ": " + e.err.Error() }

// Unwrap returns what is wrong.
func (e *faultError) Unwrap() error { return e.err }

// fault says where or what err is about: "cell at word 5".
func fault(err error, text string) error { return &faultError{text, err} }

func number[N int | uint32](n N) string { return strconv.FormatInt(int64(n), 10) }
