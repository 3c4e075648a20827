package decision

// Fetcher is an [Engine] that reads from memory which may be far away, and gains from knowing early what it will be asked.
type Fetcher interface {
	// Fetch has what deciding r looks up first loaded while other work goes on, such as deciding the request before it
	// in a batch. It decides nothing, waits for little, and is never needed. It is as safe for concurrent use as the Engine.
	Fetch(r *Request)
}
