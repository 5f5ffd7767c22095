package main

import "github.com/waygate-go/waygate/internal/bench/target"

// Figures that aren't of a comparison's times.
const (
	figureAllocs     = caseGet + ".allocs.waygate-nethttp"
	figureThroughput = caseGet200 + ".throughput.waygate/nethttp"
	figureRegistered = "registered10k.bytes"
	figureLookup     = caseLookup + "." + nameMany + "/" + nameFew
)

// targets are what Waygate is meant to cost.
func targets() []target.Target {
	return []target.Target{
		{Figure: caseGet + ".waygate/nethttp", Says: "GET of 1 KB: time, × net/http's with json.Unmarshal", Bound: 1.15},
		{Figure: caseGet + ".waygate/failsafe", Says: "the same, × failsafe-go's", Bound: 1},
		{Figure: figureAllocs, Says: "the same: allocations above net/http's", Bound: 40},
		{Figure: caseOrder1 + ".waygate-kaptinlin/hand-kaptinlin", Says: "order of 1 KB, whole way: time, × that of the same chain by hand", Bound: 1.15},
		{Figure: caseOrder1 + ".waygate-santhosh/hand-santhosh", Says: "the same with the second engine", Bound: 1.15},
		{Figure: caseOrder50 + ".waygate-kaptinlin/hand-kaptinlin", Says: "order of 50 KB, whole way: time, × that of the same chain by hand", Bound: 1.15},
		{Figure: caseOrder50 + ".waygate-santhosh/hand-santhosh", Says: "the same with the second engine", Bound: 1.15},
		{Figure: figureThroughput, Says: "200 goroutines over 100 connections: calls a second, × net/http's", Bound: 0.9, AtLeast: true},
		{Figure: figureRegistered, Says: "10,000 actions registered: bytes of memory for each before its first use", Bound: 8 << 10},
		{Figure: figureLookup, Says: "calls of 100 of 10,000 actions: time, × those of 100 of 100", Bound: 1.25},
	}
}

// gaps are the targets that are known not to be met. One that is met again is deleted here.
func gaps() []target.Gap {
	return []target.Gap{
		{Figure: caseGet + ".waygate/nethttp", Worst: 1.5, Cause: "a call does what net/http leaves out: it looks up connection and credential, copies and places the " +
			"input, passes limits, circuits, retry budget and guard, checks the answer for repeated names, depth " +
			"and size, and keeps a record. That is spread thin: no part of it takes more than a few per cent of " +
			"the processor's time. In a loop without a network the same call takes a tenth more than net/http; " +
			"between system calls its code and data leave the processor's caches, which is the likeliest rest."},
		{Figure: caseGet + ".waygate/failsafe", Worst: 1.35, Cause: "failsafe-go passes a retry and a breaker, and does no more of the list above."},
		{Figure: caseOrder1 + ".waygate-santhosh/hand-santhosh", Worst: 1.35, Cause: "beside this engine 1 KB takes so little that the fixed work of a call shows, and the answer is read " +
			"twice, once to check it and once by ojg."},
		{Figure: figureThroughput, Worst: 0.6, Cause: "with both cores busy the processor's time for a call decides, and it is the time of the first line; " +
			"client and provider share two cores here. No lock was found to be waited for long."},
	}
}
