package cli

import (
	"cmp"
	"fmt"

	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/gallery"
	"github.com/crm-tool/crm-tool/pkg/mailing"
	"github.com/crm-tool/crm-tool/pkg/report"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// collector gathers what a dry run would mail, for --save-mails.
type collector struct {
	sink run.Sink
	// title heads the gallery; note, when set, says what else it is than a dry
	// run.
	title string
	note  string
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
		switch {
		case item.Step != nil:
			skipped.Kind = stepName(*item.Step)
		case item.Activity != 0:
			skipped.Kind = activityName(item.ActivityType, item.Reminder)
		}
		c.page.Skipped = append(c.page.Skipped, skipped)
	}
	return c.sink.Item(item)
}

// keep remembers a mail.
func (c *collector) keep(d mailing.Draft) {
	item := gallery.Item{
		Opportunity: int64(d.Opportunity.ID), Name: d.Opportunity.Name, Kind: stepName(d.Step),
		Message: d.Message, Raw: d.Raw,
	}
	if d.Kind != crm.Reminder {
		item.Kind = activityName(d.ActivityType, d.Kind == crm.FeedbackReminder)
	}
	c.page.Mails = append(c.page.Mails, item)
}

// write makes the gallery.
func (c *collector) write(dir string) error {
	c.page.Title = c.title
	c.page.Note = cmp.Or(c.note, "A dry run: this is what would be mailed, and to whom nothing would. Nothing was sent.")
	if err := gallery.Write(dir, c.page); err != nil {
		return &console.OutputError{Err: err}
	}
	return nil
}

func stepName(day int) string { return fmt.Sprintf("day %d", day) }

// activityName names the mail about a finished activity by the activity's type.
func activityName(kind string, reminder bool) string {
	if kind = cmp.Or(kind, "activity"); reminder {
		kind += ", reminder"
	}
	return kind
}
