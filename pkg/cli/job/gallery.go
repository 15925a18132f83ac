package job

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

// Gallery gathers what a dry run would mail, for --save-mails.
type Gallery struct {
	// Title heads the page. Note says what it shows; empty for a dry run.
	Title, Note string

	sink run.Sink
	page gallery.Page
}

var _ run.Sink = (*Gallery)(nil)

// Item passes an item on, and adds it when it was skipped.
func (g *Gallery) Item(item report.Item) error {
	if item.Outcome == report.Skipped {
		skipped := gallery.Skipped{
			Opportunity: int64(item.Opportunity), Name: item.Name,
			Reason: string(item.Reason), Detail: report.Explain(item.Reason),
		}
		switch {
		case item.Step != nil:
			skipped.Kind = stepName(*item.Step)
		case item.Activity != 0:
			skipped.Kind = ActivityName(item.ActivityType, item.Reminder)
		}
		g.page.Skipped = append(g.page.Skipped, skipped)
	}
	return g.sink.Item(item)
}

// Add adds a mail.
func (g *Gallery) Add(d mailing.Draft) {
	item := gallery.Item{
		Opportunity: int64(d.Opportunity.ID), Name: d.Opportunity.Name, Kind: stepName(d.Step),
		Message: d.Message, Raw: d.Raw,
	}
	switch d.Kind {
	case crm.Reminder:
	case crm.Warned:
		item.Kind = "warning"
	default:
		item.Kind = ActivityName(d.ActivityType, d.Kind == crm.FeedbackReminder)
	}
	g.page.Mails = append(g.page.Mails, item)
}

// Write writes the gallery into a folder.
func (g *Gallery) Write(dir string) error {
	g.page.Title = g.Title
	g.page.Note = cmp.Or(g.Note, "A dry run: this is what would be mailed, and to whom nothing would. Nothing was sent.")
	if err := gallery.Write(dir, g.page); err != nil {
		return &console.OutputError{Err: err}
	}
	return nil
}

func stepName(day int) string { return fmt.Sprintf("day %d", day) }

// ActivityName names a mail about a finished activity, by the activity's type.
func ActivityName(kind string, reminder bool) string {
	if kind = cmp.Or(kind, "activity"); reminder {
		kind += ", reminder"
	}
	return kind
}
