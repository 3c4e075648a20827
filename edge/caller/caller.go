// Package caller tells the programs that ask an edge apart.
package caller

// Caller is a program that proved who it is.
type Caller struct {
	Name    string // the operator's name for it
	Explain bool   // it may ask for explanations
}
