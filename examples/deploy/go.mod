module github.com/lictor-dev/lictor/examples/deploy

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/moby/patternmatcher v0.6.1
)
