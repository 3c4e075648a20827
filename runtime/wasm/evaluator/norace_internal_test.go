//go:build !race

package evaluator

// raceEnabled says that everything takes ten times as long.
const raceEnabled = false
