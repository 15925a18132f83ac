package scorecard

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"github.com/crm-tool/crm-tool/pkg/calendar"
)

// minus is the sign that has the width of a plus.
const minus = "\u2212"

// missing stands for a figure that there is not.
const missing = "\u2013"

// words are the page's texts in one language, and how it writes numbers and
// dates.
type words struct {
	tag     language.Tag
	printer *message.Printer
	months  [12]string
	short   [12]string

	Title, Empty, Made                                    string
	ResponseRate, MeanScore, NPS, Recommend               string
	ByMonth, BySalesperson, ByActivityType                string
	Month, Salesperson, ActivityType                      string
	Sent, Answered, Rate, Score, Scored                   string
	Promoters, Passives, Detractors                       string
	Nobody, NoType, Overall                               string
	OutOf100, NotScored, FewAnswers, FewSent, FewExplain  string
	ByMonthNote, ScoreNote, NPSNote, RateChart, ScoreOver string

	// The formats below take texts, not numbers: those are written by the
	// language first.
	Period, OneDay, AnsweredOf, ScoredAnswers, Recommendations string
	Lowest, Flat, OneMonth, TipRate, TipScore, NPSText         string
}

// wordsOf returns the texts for a language as Odoo (fr_FR) or a browser (fr-FR)
// names it: French, or else English.
func wordsOf(lang string) words {
	code := strings.FieldsFunc(lang, func(r rune) bool { return strings.ContainsRune("_-.@", r) })
	if len(code) > 0 && strings.EqualFold(code[0], "fr") {
		return french()
	}
	return english()
}

func english() words {
	return words{
		tag:     language.English,
		printer: message.NewPrinter(language.English),
		months: [...]string{
			"January", "February", "March", "April", "May", "June",
			"July", "August", "September", "October", "November", "December",
		},
		short: [...]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},

		Title:           "Client feedback",
		Empty:           "No questionnaire has been sent yet.",
		Made:            "Prepared on %s",
		Period:          "Questionnaires sent from %s to %s",
		OneDay:          "Questionnaires sent on %s",
		ResponseRate:    "Response rate",
		MeanScore:       "Mean score",
		NPS:             "Net Promoter Score",
		Recommend:       "Would they recommend us?",
		ByMonth:         "By month",
		BySalesperson:   "By salesperson",
		ByActivityType:  "By activity type",
		Month:           "Month",
		Salesperson:     "Salesperson",
		ActivityType:    "Activity type",
		Sent:            "Sent",
		Answered:        "Answered",
		Rate:            "Rate",
		Score:           "Score",
		Scored:          "Scored",
		Promoters:       "Promoters",
		Passives:        "Passives",
		Detractors:      "Detractors",
		Nobody:          "No salesperson",
		NoType:          "No type",
		Overall:         "overall",
		OutOf100:        "out of 100",
		NotScored:       "No scored answer yet",
		FewAnswers:      "Hollow: fewer than %s scored answers.",
		FewSent:         "Pale: fewer than %s questionnaires sent.",
		FewExplain:      "Figures in grey rest on fewer than %s questionnaires or answers: they say little.",
		AnsweredOf:      "%s of %s answered",
		ScoredAnswers:   "Scored answers: %s",
		Recommendations: "Answers: %s",
		ByMonthNote:     "A questionnaire counts in the month in which it was sent, whenever it was answered: the latest months can still rise.",
		ScoreNote:       "The score of an answer goes from 0 to 100.",
		NPSNote:         "Net Promoter Score: the percentage of promoters (9–10) less that of detractors (0–6), from " + minus + "100 to +100.",
		RateChart:       "Response rate by month",
		ScoreOver:       "Mean score by month",
		Lowest:          "From %s in %s, the lowest, to %s in %s, the highest; %s overall.",
		Flat:            "%s in every month that has figures; %s overall.",
		OneMonth:        "%s in %s.",
		TipRate:         "%s: %s (%s of %s answered)",
		TipScore:        "%s: %s (scored answers: %s)",
		NPSText:         "Detractors: %s. Passives: %s. Promoters: %s.",
	}
}

func french() words {
	return words{
		tag:     language.French,
		printer: message.NewPrinter(language.French),
		months: [...]string{
			"janvier", "février", "mars", "avril", "mai", "juin",
			"juillet", "août", "septembre", "octobre", "novembre", "décembre",
		},
		short: [...]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."},

		Title:           "Avis des clients",
		Empty:           "Aucun questionnaire n’a encore été envoyé.",
		Made:            "Établi le %s",
		Period:          "Questionnaires envoyés du %s au %s",
		OneDay:          "Questionnaires envoyés le %s",
		ResponseRate:    "Taux de réponse",
		MeanScore:       "Note moyenne",
		NPS:             "Net Promoter Score",
		Recommend:       "Nous recommanderaient-ils\u202f?",
		ByMonth:         "Par mois",
		BySalesperson:   "Par commercial",
		ByActivityType:  "Par type d’activité",
		Month:           "Mois",
		Salesperson:     "Commercial",
		ActivityType:    "Type d’activité",
		Sent:            "Envoyés",
		Answered:        "Réponses",
		Rate:            "Taux",
		Score:           "Note",
		Scored:          "Notées",
		Promoters:       "Promoteurs",
		Passives:        "Passifs",
		Detractors:      "Détracteurs",
		Nobody:          "Sans commercial",
		NoType:          "Sans type",
		Overall:         "ensemble",
		OutOf100:        "sur 100",
		NotScored:       "Pas encore de réponse notée",
		FewAnswers:      "Point creux\u00a0: moins de %s réponses notées.",
		FewSent:         "Barre pâle\u00a0: moins de %s questionnaires envoyés.",
		FewExplain:      "Les chiffres en gris reposent sur moins de %s questionnaires ou réponses\u00a0: ils sont peu significatifs.",
		AnsweredOf:      "Réponses\u00a0: %s sur %s",
		ScoredAnswers:   "Réponses notées\u00a0: %s",
		Recommendations: "Réponses\u00a0: %s",
		ByMonthNote: "Un questionnaire compte dans le mois de son envoi, quelle que soit la date de la réponse\u00a0: " +
			"les derniers mois peuvent encore progresser.",
		ScoreNote: "La note d’une réponse va de 0 à 100.",
		NPSNote: "Net Promoter Score\u00a0: le pourcentage de promoteurs (9–10) moins celui de détracteurs (0–6), de " +
			minus + "100 à +100.",
		RateChart: "Taux de réponse par mois",
		ScoreOver: "Note moyenne par mois",
		Lowest:    "De %s en %s, au plus bas, à %s en %s, au plus haut\u00a0; %s dans l’ensemble.",
		Flat:      "%s chaque mois où il y a des chiffres\u00a0; %s dans l’ensemble.",
		OneMonth:  "%s en %s.",
		TipRate:   "%s\u00a0: %s (réponses\u00a0: %s sur %s)",
		TipScore:  "%s\u00a0: %s (réponses notées\u00a0: %s)",
		NPSText:   "Détracteurs\u00a0: %s. Passifs\u00a0: %s. Promoteurs\u00a0: %s.",
	}
}

// integer writes 1234 as 1,234 or 1 234.
func (w words) integer(n int) string { return w.printer.Sprint(number.Decimal(n)) }

// percent writes a share of 1 in whole percent.
func (w words) percent(share float64) string {
	return w.printer.Sprint(number.Percent(rounded(share, 2), number.MaxFractionDigits(0)))
}

// score writes a score with one decimal.
func (w words) score(value float64) string {
	return w.printer.Sprint(number.Decimal(rounded(value, 1), number.MinFractionDigits(1), number.MaxFractionDigits(1)))
}

// signed writes a Net Promoter Score.
func (w words) signed(value float64) string {
	switch n := int(rounded(value, 0)); {
	case n < 0:
		return minus + w.integer(-n)
	case n > 0:
		return "+" + w.integer(n)
	}
	return w.integer(0)
}

// date writes a date out: 3 November 2026, 1er novembre 2026.
func (w words) date(d calendar.Date) string {
	day := w.integer(d.Day)
	if w.tag == language.French && d.Day == 1 {
		day = "1er"
	}
	return fmt.Sprintf("%s %s %d", day, w.months[d.Month-1], d.Year)
}

func (w words) monthName(m time.Time) string {
	return fmt.Sprintf("%s %d", w.months[m.Month()-1], m.Year())
}

func (w words) shortMonth(m time.Time) string { return w.short[m.Month()-1] }

// monthAndYear is the short form for a table: Nov 2026, nov. 2026.
func (w words) monthAndYear(m time.Time) string {
	return fmt.Sprintf("%s %d", w.shortMonth(m), m.Year())
}
