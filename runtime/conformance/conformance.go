// Package conformance holds what every engine has to agree on: a reference engine that transcribes the
// meaning of policies, and one tree of cases that is run against each engine, the SDK and a live edge.
package conformance
