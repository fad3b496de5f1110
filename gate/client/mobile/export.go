package mobile

import "github.com/sim-im/sim/gate/client"

// ExportProgress hears how an export comes along. It is called on the thread that
// waits.
type ExportProgress interface {
	OnExported(lines, bytes int64)
}

// Export writes all that the server keeps of the user's account to a file, which is
// there when it is whole: lines of JSON, as PROTOCOL.md tells. A file that is there
// already is not touched, and is an error. It goes on over lost connections until call
// ends. The user may begin some exports a day: the error of one more has the code 339.
func (c *Client) Export(path string, progress ExportProgress, call *Call) error {
	ctx, cancel := call.context()
	defer cancel()
	var told func(client.Exported)
	if progress != nil {
		told = func(e client.Exported) { progress.OnExported(int64(e.Lines), e.Bytes) }
	}
	_, err := c.c.ExportFile(ctx, path, told)
	return err
}
