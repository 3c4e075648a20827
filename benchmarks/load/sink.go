package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// sink is where an edge logs its decisions.
type sink struct {
	path  string
	close func()
	count func() (int, error) // how many lines are there; nil where nobody can tell
}

// fileSink is a file.
func fileSink(dir string) (*sink, error) {
	path := filepath.Join(dir, "decisions.log")
	return &sink{path: path, close: func() { _ = os.Remove(path) }, count: func() (int, error) { return countLines(path) }}, nil
}

func countLines(path string) (n int, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	buffer := make([]byte, 1<<16)
	for {
		read, err := file.Read(buffer)
		n += bytes.Count(buffer[:read], []byte{'\n'})
		if err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

// fullSink is a disk that is full.
func fullSink(string) (*sink, error) { return &sink{path: "/dev/full", close: func() {}}, nil }

// deadSink is a pipe that is open for reading and not read.
func deadSink(dir string) (*sink, error) {
	path := filepath.Join(dir, "decisions.pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		return nil, err
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return &sink{path: path, close: func() {
		_ = reader.Close()
		_ = os.Remove(path)
	}}, nil
}

// slowSink is a pipe of which 100 lines a second are read.
func slowSink(dir string) (*sink, error) {
	s, err := deadSink(dir)
	if err != nil {
		return nil, err
	}
	reader, err := os.OpenFile(s.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		s.close()
		return nil, err
	}
	ticker := time.NewTicker(10 * time.Millisecond)
	over := make(chan struct{})
	go func() {
		lines := bufio.NewReaderSize(reader, 512)
		for {
			select {
			case <-ticker.C:
			case <-over:
				return
			}
			_, _ = lines.ReadSlice('\n') // before the edge has opened it there is nothing
		}
	}()
	closeDead := s.close
	s.close = func() {
		ticker.Stop()
		close(over)
		_ = reader.Close()
		closeDead()
	}
	return s, nil
}
