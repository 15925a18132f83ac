package cli

import (
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/gallery"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// collector gathers what a dry run would mail, for --save-mails.
type collector struct {
	sink run.Sink
	// title heads the gallery.
	title string
	page  gallery.Page
}

var _ run.Sink = (*collector)(nil)

// Item passes the item on and remembers what was skipped.
func (c *collector) Item(item report.Item) error {
	if item.Outcome == report.Skipped {
		skipped := gallery.Skipped{
			Opportunity: int64(item.Opportunity), Name: item.Name,
			Reason: string(item.Reason), Detail: report.Explain(item.Reason),
		}
		if item.Step != nil {
			skipped.Kind = stepName(*item.Step)
		}
		c.page.Skipped = append(c.page.Skipped, skipped)
	}
	return c.sink.Item(item)
}

// keep remembers a mail.
func (c *collector) keep(d run.Draft) {
	c.page.Mails = append(c.page.Mails, gallery.Item{
		Opportunity: int64(d.Opportunity.ID), Name: d.Opportunity.Name, Kind: stepName(d.Step),
		Message: d.Message, Raw: d.Raw,
	})
}

// write makes the gallery.
func (c *collector) write(dir string) error {
	c.page.Title = c.title
	c.page.Note = fmt.Sprintf("A dry run: %d mails that would be sent, %d opportunities that get none. Nothing was sent.",
		len(c.page.Mails), len(c.page.Skipped))
	if err := gallery.Write(dir, c.page); err != nil {
		return &outputError{err: err}
	}
	return nil
}

func stepName(day int) string { return fmt.Sprintf("day %d", day) }
