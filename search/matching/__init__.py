"""Matching both ways: every need with every offer that fits, with the reasons.

Owns: matches, match_terms. Publishes: MatchFound (once to each organisation opposite), MatchesFound (to the publishing side). Builds on: search.documents.
"""
