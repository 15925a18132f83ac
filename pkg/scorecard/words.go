package scorecard

import (
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/phrase"
)

// minus is the sign that is as wide as a plus.
const minus = "\u2212"

// missing is shown instead of a missing figure.
const missing = "\u2013"

func orMissing(has bool, figure string) string {
	if has {
		return figure
	}
	return missing
}

// Texts are the pages' texts in all languages.
type Texts struct {
	page  *phrase.Set[texts]
	dates *phrase.Set[phrase.Dates]
}

// LoadTexts reads the texts of the pages, texts/report.LANG.yaml, and of their
// dates. An error is that of [phrase.Load].
func LoadTexts(all overlay.FS) (*Texts, error) {
	page, err := phrase.Load[texts](all, "report")
	dates, datesErr := phrase.Load[phrase.Dates](all, phrase.DatesKind)
	return &Texts{page: page, dates: dates}, overlay.Join(err, datesErr)
}

// words are the texts of one language, and how it writes numbers and dates.
type words struct {
	texts
	dates   phrase.Dates
	printer *message.Printer
	tag     language.Tag
}

// in returns the words for a reader of this language.
func (t *Texts) in(lang string) words {
	page, code := t.page.In(lang)
	dates, _ := t.dates.In(code)
	tag := language.Make(code)
	return words{texts: page, dates: dates, printer: message.NewPrinter(tag), tag: tag}
}

// texts are the texts of texts/report.LANG.yaml. Their fields are texts, too:
// numbers and dates are written as the language does it first.
type texts struct {
	Title        string                  `text:"title"`
	Made         phrase.Text[onDay]      `text:"made"`
	Period       phrase.Text[fromTo]     `text:"period"`
	OneDay       phrase.Text[onDay]      `text:"one_day"`
	Empty        string                  `text:"nothing_sent"`
	ResponseRate string                  `text:"response_rate"`
	AnsweredOf   phrase.Text[answeredOf] `text:"answered_of"`
	MeanScore    string                  `text:"mean_score"`
	OutOf100     string                  `text:"out_of_100"`

	ScoredAnswers   phrase.Text[amount] `text:"scored_answers"`
	NotScored       string              `text:"not_scored"`
	NPS             string              `text:"nps"`
	Recommendations phrase.Text[amount] `text:"recommendations"`

	Recommend    string              `text:"recommend"`
	Detractors   string              `text:"detractors"`
	Passives     string              `text:"passives"`
	Promoters    string              `text:"promoters"`
	NPSDescribed phrase.Text[groups] `text:"nps_described"`

	ByMonth      string                `text:"by_month"`
	RateByMonth  string                `text:"rate_by_month"`
	ScoreByMonth string                `text:"score_by_month"`
	Overall      string                `text:"overall"`
	FewSent      phrase.Text[amount]   `text:"few_sent"`
	FewAnswers   phrase.Text[amount]   `text:"few_answers"`
	RateTip      phrase.Text[rateTip]  `text:"rate_tip"`
	ScoreTip     phrase.Text[scoreTip] `text:"score_tip"`

	RangeDescribed    phrase.Text[extremes] `text:"range_described"`
	FlatDescribed     phrase.Text[flat]     `text:"flat_described"`
	OneMonthDescribed phrase.Text[oneMonth] `text:"one_month_described"`

	BySalesperson  string `text:"by_salesperson"`
	ByActivityType string `text:"by_activity_type"`
	Month          string `text:"month"`
	Salesperson    string `text:"salesperson"`
	ActivityType   string `text:"activity_type"`
	Sent           string `text:"sent"`
	Answered       string `text:"answered"`
	Rate           string `text:"rate"`
	Scored         string `text:"scored"`
	Score          string `text:"score"`
	NoSalesperson  string `text:"no_salesperson"`
	NoActivityType string `text:"no_activity_type"`

	RemindersTitle  string                     `text:"reminders_title"`
	RemindersPeriod phrase.Text[fromTo]        `text:"reminders_period"`
	RemindersOneDay phrase.Text[onDay]         `text:"reminders_one_day"`
	NoReminders     string                     `text:"no_reminders"`
	RemindersSent   string                     `text:"reminders_sent"`
	Won             string                     `text:"won"`
	Archived        string                     `text:"archived"`
	Stopped         string                     `text:"stopped"`
	OfReminders     phrase.Text[ofSent]        `text:"of_reminders"`
	StillArchived   phrase.Text[stillArchived] `text:"still_archived"`
	AnsweredByMonth string                     `text:"answered_by_month"`
	WonByMonth      string                     `text:"won_by_month"`
	FewReminders    phrase.Text[amount]        `text:"few_reminders"`
	AnsweredTip     phrase.Text[shareTip]      `text:"answered_tip"`
	WonTip          phrase.Text[shareTip]      `text:"won_tip"`
	ByStep          string                     `text:"by_step"`
	ByTemplate      string                     `text:"by_template"`
	Step            string                     `text:"step"`
	StepDay         phrase.Text[amount]        `text:"step_day"`
	Template        string                     `text:"template"`
	NoTemplate      string                     `text:"no_template"`

	AnsweredNote          string              `text:"answered_note"`
	OutcomeNote           string              `text:"outcome_note"`
	ReminderMonthNote     string              `text:"reminder_month_note"`
	FewRemindersExplained phrase.Text[amount] `text:"few_reminders_explained"`
	UncertainNote         phrase.Text[amount] `text:"uncertain_note"`

	ByMonthNote  string              `text:"by_month_note"`
	ScoreNote    string              `text:"score_note"`
	NPSNote      string              `text:"nps_note"`
	FewExplained phrase.Text[amount] `text:"few_explained"`
}

// The fields of the texts.
type (
	onDay      struct{ Date string }
	fromTo     struct{ First, Last string }
	amount     struct{ Number string }
	answeredOf struct{ Answered, Sent string }
	groups     struct{ Detractors, Passives, Promoters string }
	rateTip    struct{ Month, Rate, Answered, Sent string }
	scoreTip   struct{ Month, Score, Number string }
	extremes   struct{ Low, LowMonth, High, HighMonth, Overall string }
	flat       struct{ Value, Overall string }
	oneMonth   struct{ Value, Month string }
	ofSent     struct{ Number, Sent string }
	shareTip   struct{ Month, Rate, Number, Sent string }

	stillArchived struct{ Number, Sent, Still string }
)

// integer writes 1234 as 1,234 or 1 234.
func (w words) integer(n int) string { return w.printer.Sprint(number.Decimal(n)) }

// counted fills a number into a text.
func (w words) counted(text phrase.Text[amount], n int) string {
	return text.Fill(amount{w.integer(n)})
}

// percent writes a share of 1 in whole percent.
func (w words) percent(share float64) string {
	return w.printer.Sprint(number.Percent(rounded(share, 2), number.MaxFractionDigits(0)))
}

// rate writes the response rate.
func (w words) rate(l FeedbackLine) string { return orMissing(l.HasRate, w.percent(l.Rate)) }

// score writes the mean score with one decimal.
func (w words) score(l FeedbackLine) string {
	return orMissing(l.HasScore, w.printer.Sprint(number.Decimal(rounded(l.MeanScore, 1), number.MinFractionDigits(1), number.MaxFractionDigits(1))))
}

// nps writes the Net Promoter Score with its sign.
func (w words) nps(l FeedbackLine) string {
	switch n := int(rounded(l.NPS, 0)); {
	case n < 0:
		return minus + w.integer(-n)
	case n > 0:
		return "+" + w.integer(n)
	default:
		return orMissing(l.HasNPS, w.integer(n))
	}
}
