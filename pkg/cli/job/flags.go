package job

import (
	"strconv"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/calendar"
	"github.com/crm-tool/crm-tool/pkg/cli/console"
	"github.com/crm-tool/crm-tool/pkg/cli/exit"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/run"
)

// Flags narrow a run down, as the user typed them.
type Flags struct {
	DryRun bool
	// SaveMails is the folder that gets the mails, AsOf the date at whose noon
	// the run plans. Both make it a dry run.
	SaveMails, AsOf string
	// Limit is the highest number of records; 0 for all.
	Limit int
	// Only are the ids of the opportunities to look at; empty for all.
	Only []string
	// Shard is the part of the opportunities to look at, as in 0/4.
	Shard string
	// Rate is the highest number of mails a minute; 0 for any.
	Rate int
	// MetricsFile gets the metrics of the run.
	MetricsFile string
	// Yes overrules the guard.
	Yes bool
}

func (f *Flags) dry() bool { return f.DryRun || f.SaveMails != "" || f.AsOf != "" }

// selection returns the records to look at. It checks the date, too.
func (f *Flags) selection(env console.Env) (run.Selection, error) {
	if f.Limit < 0 {
		return run.Selection{}, exit.Usagef("--limit %d: give a number above 0", f.Limit)
	}
	if f.Rate < 0 {
		return run.Selection{}, exit.Usagef("--rate %d: give a number of mails a minute above 0", f.Rate)
	}
	s := run.Selection{Limit: f.Limit}
	var err error
	if s.Only, err = OpportunityIDs(f.Only); err != nil {
		return s, err
	}
	if s.Shard, err = shard(f.Shard, env); err == nil {
		_, err = f.instant(time.Time{}, time.UTC)
	}
	return s, err
}

// OpportunityIDs reads ids as the user typed them.
func OpportunityIDs(texts []string) ([]crm.OpportunityID, error) {
	var ids []crm.OpportunityID
	for _, text := range texts {
		id, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil || id <= 0 {
			return nil, exit.Usagef("%q is not the id of an opportunity: give its number in Odoo", text)
		}
		ids = append(ids, crm.OpportunityID(id))
	}
	return ids, nil
}

// shard reads I/N. Without the flag, I is the index of a Kubernetes job and N is
// CRM_TOOL_SHARDS.
func shard(text string, env console.Env) (crm.Shard, error) {
	where := "--shard"
	if text == "" {
		index, count := env.Getenv("JOB_COMPLETION_INDEX"), env.Getenv("CRM_TOOL_SHARDS")
		if count == "" {
			return crm.Shard{}, nil
		}
		text, where = index+"/"+count, "JOB_COMPLETION_INDEX/CRM_TOOL_SHARDS"
	}
	first, second, _ := strings.Cut(text, "/")
	index, errIndex := strconv.Atoi(first)
	count, errCount := strconv.Atoi(second)
	if errIndex != nil || errCount != nil || index < 0 || count < 1 || index >= count {
		return crm.Shard{}, exit.Usagef("%s %q: write I/N with 0 <= I < N, as in 0/4", where, text)
	}
	return crm.Shard{Index: index, Count: count}, nil
}

// instant returns noon of --as-of in the zone, or now.
func (f *Flags) instant(now time.Time, zone *time.Location) (time.Time, error) {
	if f.AsOf == "" {
		return now, nil
	}
	date, err := calendar.Parse(f.AsOf)
	if err != nil {
		return time.Time{}, exit.Usagef("--as-of: %w", err)
	}
	return date.Noon(zone), nil
}
