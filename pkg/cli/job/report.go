package job

import (
	"errors"
	"sync"
	"time"

	"github.com/crm-tool/crm-tool/pkg/report"
)

// counting passes a report on and counts its items, for the line of progress.
type counting struct {
	report.Writer
	head report.Head
	// stop ends the line of progress.
	stop func()

	mu     sync.Mutex
	counts report.Counts
}

// startReport begins the report, which is a whole document whatever happens. A
// quiet table is only what failed, on standard error.
func (j *Job) startReport() {
	h := j.Host
	j.report = &counting{Writer: report.New(j.spec.Format, h.Stdout, j.Head, h.TableOptions()), head: j.Head}
	if h.Quiet && j.spec.Format == report.Table {
		j.report.Writer = report.NewProblems(h.Stderr, j.Head)
	}
	j.report.stop = h.Progress(j.report.progress)
}

// Item counts an item and passes it on.
func (c *counting) Item(item report.Item) error {
	c.mu.Lock()
	c.counts.Add(item)
	c.mu.Unlock()
	return c.Writer.Item(item)
}

func (c *counting) progress(passed time.Duration) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return report.Interim(c.head, &c.counts, passed)
}

// end writes the report's end. It returns the command's error, with that of the
// report when it is another.
func (c *counting) end(tail report.Tail, err error) error {
	c.stop()
	if closing := c.Close(tail); closing != nil && !errors.Is(err, closing) {
		return errors.Join(err, closing)
	}
	return err
}
