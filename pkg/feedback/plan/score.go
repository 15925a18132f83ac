package plan

// Score is what a client's answers are worth.
type Score struct {
	// Value is 0 to 100; it means nothing unless Known.
	Value float64
	Known bool
}

// Worth is what one choice was worth, 0 to 100.
type Worth struct {
	// Question tells the choices of one question from another's.
	Question int64
	Value    float64
}

// ScoreOf returns the mean of the questions, each of which is worth the mean
// of what was chosen there. Choices without a score are not among the worths.
func ScoreOf(worths []Worth) Score {
	sums, counts := map[int64]float64{}, map[int64]int{}
	for _, w := range worths {
		sums[w.Question] += w.Value
		counts[w.Question]++
	}
	if len(sums) == 0 {
		return Score{}
	}
	total := 0.0
	for question, sum := range sums {
		total += sum / float64(counts[question])
	}
	return Score{Value: total / float64(len(sums)), Known: true}
}
