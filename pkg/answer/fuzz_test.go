package answer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/answer"
)

// FuzzAsksToStop looks for a mail that cannot be read, and for a quotation that
// decides.
func FuzzAsksToStop(f *testing.F) {
	for _, body := range []string{
		"", "<p>STOP</p>", "<pre>stop\n> x\n-- \ny</pre>", "<blockquote><blockquote>stop</blockquote>", "<div id=\"divRplyFwdMsg\">x</div>",
		"Please don\u2019t send me any more e-mails!", "<pre>On 1/1/2026, A wrote:\n> stop", "\xff\xfe<p \x00>", "Bitte nehmen Sie mich aus Ihrem Verteiler.",
	} {
		f.Add("Re: offer", body)
	}
	f.Fuzz(func(t *testing.T, subject, body string) {
		asks := answer.AsksToStop(subject, body)
		assert.Equal(t, asks, answer.AsksToStop(subject, body), "the same mail, the same answer")
		if quoted := "<blockquote>stop</blockquote>"; !asks {
			assert.False(t, answer.AsksToStop(subject, quoted+body), "a quotation decides nothing")
		}
	})
}

// FuzzReturn looks for a notice that cannot be read, and for a day that is too near
// or too far.
func FuzzReturn(f *testing.F) {
	for _, body := range []string{
		"", "I will be back on Monday, 14 December.", "Urlaub 12.-19.12.", "<p>de retour le 14/12</p>", "until 29 February", "back on 0/0/0000, 99.99.", "t/m 3 jan. 2027",
		"\xff until 1 \u0130 jan", "back 2026-12-14-15.12.",
	} {
		f.Add("Automatic reply", body, int64(1796029200))
	}
	f.Fuzz(func(t *testing.T, subject, body string, at int64) {
		received := time.Unix(at%(1<<33), 0).UTC()
		day, found := answer.Return(subject, body, received, time.UTC)
		if !found {
			return
		}
		require.True(t, day.Noon(time.UTC).After(received.Add(-12*time.Hour)), day)
		require.True(t, day.Start(time.UTC).Before(received.AddDate(0, 0, 181)), day)
	})
}

// TestAHugeMailTakesLittleTime bounds the work for a body of 16 MiB, whatever it is
// made of. The bound leaves room for a host that is busy; the benchmarks measure.
func TestAHugeMailTakesLittleTime(t *testing.T) {
	t.Parallel()
	for name, body := range hugeMails() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			assert.Equal(t, strings.HasPrefix(name, "a stop"), answer.AsksToStop("Re: offer", body))
			answer.Return("Automatic reply", body, start, time.UTC)
			assert.Less(t, time.Since(start), 20*time.Second)
		})
	}
}

// hugeMails returns bodies of 16 MiB.
func hugeMails() map[string]string {
	const size = 16 << 20
	fill := func(part string) string { return strings.Repeat(part, size/len(part)) }
	return map[string]string{
		"a stop above a picture": "<p>Stop</p><img src=\"data:image/png;base64," + fill("AAAA") + "\">",
		"words":                  fill("please do not send the list bitte keine "),
		"one word":               fill("a"),
		"numbers":                fill("1 12. 3/4 to until "),
		"elements":               fill("<div>"),
		"quotations":             fill("<blockquote>"),
		"lines":                  fill("<br>"),
		"sentences":              fill("stop? "),
		"accents":                fill("e\u0301\u0301"),
		"attributes":             "<p " + fill("class=\"a\" ") + ">x</p>",
		"headers":                "<pre>" + fill("From: a\n\n") + "</pre>",
	}
}

func BenchmarkAsksToStop(b *testing.B) {
	for name, body := range hugeMails() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				answer.AsksToStop("Re: offer", body)
			}
		})
	}
}

func BenchmarkReturn(b *testing.B) {
	received := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	for name, body := range hugeMails() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				answer.Return("Automatic reply", body, received, time.UTC)
			}
		})
	}
}
