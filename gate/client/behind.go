package client

// Behind reports whether the server has announced messages that were not
// handed over yet. Right after Connect it counts everything that was there at
// the login.
func (c *Client) Behind() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.place.behind
}
