package plan_test

import (
	"testing"
	"time"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/feedback/plan"
)

func BenchmarkDecidePage(b *testing.B) {
	records := make([]plan.Record, 250)
	for i := range records {
		records[i] = finished(crm.EntryID(i+1), time.Duration(i)*time.Minute)
	}
	p := plan.Policy{CooldownDays: 1, Questionnaire: "satisfaction"}
	b.ReportAllocs()
	for b.Loop() {
		plan.Decide(records, p, plan.Recent{}, noon)
	}
}
