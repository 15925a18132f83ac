package scorecard_test

import (
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/scorecard"
	"github.com/crm-tool/crm-tool/templates"
	"github.com/crm-tool/crm-tool/templates/templatestest"
)

var update = flag.Bool("update", false, "write testdata anew")

var made = time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)

// texts are the built-in ones.
var texts = sync.OnceValue(func() *scorecard.Texts {
	list, err := scorecard.LoadTexts(overlay.New(nil, templates.FS))
	if err != nil {
		panic(err)
	}
	return list
})

func pageOf(t *testing.T, p scorecard.Page) string {
	t.Helper()
	p.Made, p.Texts = made, texts()
	var b strings.Builder
	require.NoError(t, scorecard.WritePage(&b, p))
	return b.String()
}

// months has questionnaires in each of n months up to November 2026.
func months(n int) scorecard.Feedback {
	tally := scorecard.NewFeedbackTally(time.UTC)
	for i := range n {
		for j := range 6 {
			tally.Add(scorecard.Asked{
				Salesperson: fmt.Sprintf("Salesperson %d", j), SalespersonID: crm.UserID(j + 1), ActivityType: "Call",
				SentAt: sent(11-time.Month(i), 1+j), Answered: j%2 == 0,
				Score: float64((i*37 + j*11) % 101), HasScore: true, Recommend: (i + j) % 11, HasRecommend: true,
			})
		}
	}
	return tally.Report()
}

// pages are all kinds of pages.
func pages() map[string]scorecard.Page {
	asked := scorecard.Asked{Salesperson: "Zoë", SalespersonID: 2, ActivityType: "Call", SentAt: sent(11, 3)}
	answered := asked
	answered.Answered = true
	scored := answered
	scored.Score, scored.HasScore = 80, true
	untimed := asked
	untimed.SentAt = time.Time{}
	return map[string]scorecard.Page{
		"nothing":    {Report: nothing()},
		"one asked":  {Report: summaryOf(asked)},
		"one answer": {Report: summaryOf(answered), Language: "fr_FR"},
		"one score":  {Report: summaryOf(scored)},
		"no time":    {Report: summaryOf(untimed)},
		"autumn":     {Report: autumn(), Organization: "Northwind <Furniture>"},
		"two years":  {Report: months(24), Organization: "Northwind"},
		"a lifetime": {Report: months(500), Language: "fr"},

		"no reminder":            {Report: remindersOf()},
		"one reminder":           {Report: remindersOf(scorecard.Reminded{Step: 7, SentAt: sent(11, 3)})},
		"one that may have left": {Report: remindersOf(scorecard.Reminded{Step: 7, SentAt: sent(11, 3), Uncertain: true})},
		"reminders":              {Report: reminded(), Language: "fr", Organization: "Northwind <Furniture>"},
		"years of reminders":     {Report: monthsOfReminders(40)},
	}
}

// The style sheet is left out: its looks are for eyes.
func TestPage(t *testing.T) {
	for _, language := range templatestest.Languages(t) {
		for name, page := range map[string]scorecard.Page{
			"autumn":  {Language: language, Organization: "Northwind <Furniture> & Co", Report: autumn()},
			"nothing": {Language: language, Report: nothing()},

			"reminders":    {Language: language, Organization: "Northwind <Furniture> & Co", Report: reminded()},
			"no reminders": {Language: language, Report: remindersOf()},
		} {
			t.Run(name+" in "+language, func(t *testing.T) {
				_, body, found := strings.Cut(pageOf(t, page), "</style>")
				require.True(t, found)
				file := filepath.Join("testdata", name+"."+language+".html")
				if *update {
					require.NoError(t, os.WriteFile(file, []byte(body), 0o600))
				}
				want, err := os.ReadFile(file)
				require.NoError(t, err)
				assert.Equal(t, string(want), body)
			})
		}
	}
}

func TestThePageLoadsAndRunsNothing(t *testing.T) {
	for name, page := range pages() {
		t.Run(name, func(t *testing.T) {
			text := pageOf(t, page)
			style := between(t, text, "<style>", "</style>")
			sum := sha256.Sum256([]byte(style))
			assert.NotRegexp(t, `(?i)url\(|@import|https?:|<script|javascript:`, text)
			policies := 0
			each(t, text, func(n *html.Node) {
				for _, a := range n.Attr {
					assert.NotContains(t, []string{"style", "src", "href", "srcset", "data", "action"}, a.Key)
					assert.False(t, strings.HasPrefix(a.Key, "on"), a.Key)
				}
				if attribute(n, "http-equiv") == "Content-Security-Policy" {
					policies++
					assert.Equal(t, "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"+
						base64.StdEncoding.EncodeToString(sum[:])+"'", attribute(n, "content"))
				}
			})
			assert.Equal(t, 1, policies)
		})
	}
}

func TestWhatIsReferredToIsThere(t *testing.T) {
	for name, page := range pages() {
		t.Run(name, func(t *testing.T) {
			var ids, named []string
			pictures := 0
			each(t, pageOf(t, page), func(n *html.Node) {
				if id := attribute(n, "id"); id != "" {
					assert.NotContains(t, ids, id, "an id occurs twice")
					ids = append(ids, id)
				}
				named = append(named, strings.Fields(attribute(n, "aria-labelledby"))...)
				if n.Data == "svg" && attribute(n, "aria-hidden") == "" {
					pictures++
					assert.Equal(t, "img", attribute(n, "role"))
					assert.NotEmpty(t, attribute(n, "aria-labelledby"))
				}
			})
			assert.Subset(t, ids, named)
			if f, ok := page.Report.(scorecard.Feedback); ok && f.Total.HasScore && f.Total.HasNPS {
				assert.Equal(t, 3, pictures)
			}
		})
	}
}

// A number that is none, or a bar beside the plot, would be seen by nobody who
// does not look.
func TestEverythingIsDrawnInsideOfItsPicture(t *testing.T) {
	number := regexp.MustCompile(`-?[0-9.]+`)
	for name, page := range pages() {
		t.Run(name, func(t *testing.T) {
			text := pageOf(t, page)
			assert.NotRegexp(t, `NaN|Inf|ZgotmplZ|%!`, text)
			each(t, text, func(n *html.Node) {
				for _, key := range []string{"d", "points", "x", "y", "cx", "cy", "x1", "x2", "y1", "y2", "width", "height"} {
					for _, found := range number.FindAllString(attribute(n, key), -1) {
						value, err := strconv.ParseFloat(found, 64)
						require.NoError(t, err)
						assert.True(t, value >= 0 && value <= 560, "%s %s=%q", n.Data, key, attribute(n, key))
					}
				}
			})
		})
	}
}

func TestAMonthWithoutFiguresInterruptsTheLine(t *testing.T) {
	score := func(months ...time.Month) scorecard.Feedback {
		var all []scorecard.Asked
		for _, m := range months {
			all = append(all, scorecard.Asked{SentAt: sent(m, 1), Answered: true, Score: 70, HasScore: true})
		}
		return summaryOf(all...)
	}
	cases := map[string]struct {
		summary     scorecard.Feedback
		lines, dots int
	}{
		"neighbours are connected":             {score(1, 2, 3), 1, 3},
		"a gap parts two lines":                {score(1, 2, 4, 5), 2, 4},
		"a month between two gaps is only dot": {score(1, 2, 4, 6, 7), 2, 5},
		"a single month has no line":           {score(1), 0, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			text := pageOf(t, scorecard.Page{Report: c.summary})
			assert.Equal(t, c.lines, strings.Count(text, "<polyline "))
			assert.Equal(t, c.dots, strings.Count(text, "<circle "))
		})
	}
}

func TestMonthsHaveRoomForTheirLabels(t *testing.T) {
	labels := regexp.MustCompile(`<text( class="spare")? x="([0-9.]+)" y="208" dy="1.2em">([^<]+)</text>`)
	for n := 1; n <= 400; n += 1 + n/9 {
		t.Run(fmt.Sprintf("%d months", n), func(t *testing.T) {
			text := pageOf(t, scorecard.Page{Report: months(n)})
			chart := between(t, text, `<svg class="chart"`, "</svg>")
			found := labels.FindAllStringSubmatch(chart, -1)
			require.NotEmpty(t, found)
			assert.LessOrEqual(t, len(found), 13)
			kept := slices.DeleteFunc(slices.Clone(found), func(m []string) bool { return m[1] != "" })
			assert.LessOrEqual(t, len(kept), 7, "on a phone")
			if n >= 12 && n <= 144 {
				assert.True(t, slices.ContainsFunc(kept, func(m []string) bool { return m[3] == "Jan" }), "no January")
			}
			for i := 1; i < len(found); i++ {
				from, err := strconv.ParseFloat(found[i-1][2], 64)
				require.NoError(t, err)
				to, err := strconv.ParseFloat(found[i][2], 64)
				require.NoError(t, err)
				assert.Greater(t, to-from, 37.0)
			}
		})
	}
}

func TestFiguresThatRestOnLittleAreMarked(t *testing.T) {
	cases := map[string]struct {
		answers int
		marked  bool
	}{
		"four answers are few":      {4, true},
		"five answers are not":      {5, false},
		"one answer is few as well": {1, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var all []scorecard.Asked
			for range c.answers {
				all = append(all, scorecard.Asked{
					SentAt: sent(11, 1), Answered: true, Score: 70, HasScore: true, Recommend: 9, HasRecommend: true,
				})
			}
			text := pageOf(t, scorecard.Page{Report: summaryOf(all...)})
			const marks = 2 /* charts */ + 2*3 /* tables with rate, score, NPS */
			if c.marked {
				assert.Equal(t, marks, strings.Count(text, `class="pale"`))
				assert.True(t, strings.Contains(text, "Hollow: fewer than 5 scored answers."), "Hollow: fewer than 5 scored answers.")
				assert.True(t, strings.Contains(text, "they say little"), "they say little")
			} else {
				assert.False(t, strings.Contains(text, `class="pale"`), `class="pale"`)
				assert.False(t, strings.Contains(text, "fewer than"), "fewer than")
			}
		})
	}
}

func TestAColumnThatWouldBeEmptyIsLeftOut(t *testing.T) {
	answered := scorecard.Asked{SentAt: sent(11, 1), Answered: true}
	scored, recommended := answered, answered
	scored.Score, scored.HasScore = 70, true
	recommended.Recommend, recommended.HasRecommend = 8, true
	cases := map[string]struct {
		asked      scorecard.Asked
		score, nps bool
	}{
		"answers without a score":                   {answered, false, false},
		"scores without a recommendation":           {scored, true, false},
		"recommendations, which alone are no score": {recommended, false, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			text := pageOf(t, scorecard.Page{Report: summaryOf(c.asked)})
			assert.Equal(t, c.score, strings.Contains(text, `<th scope="col">Score</th>`))
			assert.Equal(t, c.score, strings.Contains(text, "Mean score by month"))
			assert.Equal(t, !c.score, strings.Contains(text, "No scored answer yet"))
			assert.Equal(t, c.nps, strings.Contains(text, `<th scope="col">NPS</th>`))
			assert.Equal(t, c.nps, strings.Contains(text, "Would they recommend us?"))
		})
	}
}

func TestLanguages(t *testing.T) {
	cases := map[string]string{
		"fr": "fr", "fr_FR": "fr", "fr-CA": "fr", "FR_be": "fr", "fr_FR.UTF-8": "fr",
		"de_AT": "de", "en_US": "en", "qaa_QA": "en", "": "en", "frr": "en", "sr@latin": "en", "-": "en",
	}
	for code, want := range cases {
		t.Run("language "+code, func(t *testing.T) {
			assert.Contains(t, pageOf(t, scorecard.Page{Language: code, Report: nothing()}), `<html lang="`+want+`">`)
		})
	}
}

func TestNumbersAndDatesAreThoseOfTheLanguage(t *testing.T) {
	tally := scorecard.NewFeedbackTally(time.UTC)
	for i := range 2001 {
		tally.Add(scorecard.Asked{
			Salesperson: "Zoë", SalespersonID: 2, SentAt: sent(9, 1).AddDate(0, i%2, 0), Answered: i < 1234,
			Score: 80.55, HasScore: i < 1100, Recommend: i % 9, HasRecommend: true,
		})
	}
	cases := map[string][]string{
		"en": {"1,234 of 2,001 answered", ">62%<", ">80.6<", ">\u221278<", "Questionnaires sent from 1 September 2026 to 1 October 2026", "Prepared on 1 December 2026"},
		"de": {"1.234 von 2.001 beantwortet", ">62\u00a0%<", ">80,6<", ">\u221278<", "gesendet vom 1. September 2026 bis zum 1. Oktober 2026", "Erstellt am 1. Dezember 2026"},
		"fr": {"Réponses\u00a0: 1\u00a0234 sur 2\u00a0001", ">62\u00a0%<", ">80,6<", ">\u221278<", "envoyés du 1er septembre 2026 au 1er octobre 2026", "Établi le 1er décembre 2026"},
	}
	for language, wants := range cases {
		t.Run(language, func(t *testing.T) {
			text := pageOf(t, scorecard.Page{Language: language, Report: tally.Report()})
			for _, want := range wants {
				assert.True(t, strings.Contains(text, want), want)
			}
		})
	}
}

func TestADateIsThatOfTheZone(t *testing.T) {
	zone := time.FixedZone("Auckland", 13*3600)
	tally := scorecard.NewFeedbackTally(zone)
	tally.Add(scorecard.Asked{SentAt: time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)})
	var b strings.Builder
	require.NoError(t, scorecard.WritePage(&b, scorecard.Page{
		Texts: texts(), Made: time.Date(2026, 12, 1, 20, 0, 0, 0, time.UTC), Report: tally.Report(),
	}))
	assert.Contains(t, b.String(), "Questionnaires sent on 1 December 2026 · Prepared on 2 December 2026")
}

func TestAMonthThatIsNoneIsAnError(t *testing.T) {
	s := autumn()
	s.ByMonth[0].Name = "September"
	var b strings.Builder
	require.EqualError(t, scorecard.WritePage(&b, scorecard.Page{Texts: texts(), Made: made, Report: s}), `month "September" is not written as YYYY-MM`)
	assert.Empty(t, b.String())
}

func between(t *testing.T, text, begin, end string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, begin)
	require.True(t, found)
	inner, _, found := strings.Cut(rest, end)
	require.True(t, found)
	return inner
}

// each visits the elements of a page.
func each(t *testing.T, text string, visit func(*html.Node)) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(text))
	require.NoError(t, err)
	for n := range page.Descendants() {
		if n.Type == html.ElementNode {
			visit(n)
		}
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
