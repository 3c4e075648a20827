//go:build !unix || solaris || aix

package store

func lock(string) (unlock func(), err error) { return func() {}, nil }
