package render_test

import (
	"testing"
	"time"

	"github.com/crm-tool/crm-tool/pkg/render"
)

func BenchmarkReminder(b *testing.B) {
	set, r := builtin(b), record()
	r.Salesperson.Signature = "<p>--<br>Sam Seller<br><a href=\"https://www.example.com\">Example &amp; Sons</a></p>"
	b.ReportAllocs()
	for b.Loop() {
		reminder(b, set, r, 7, "fr_FR")
	}
}

func BenchmarkFeedback(b *testing.B) {
	set, about := builtin(b), render.Feedback{Type: "Meeting", Finished: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), Link: "https://odoo.example.com/survey/start/a?answer_token=b", Questions: 4}
	b.ReportAllocs()
	for b.Loop() {
		feedback(b, set, record(), about, "fr_FR")
	}
}
