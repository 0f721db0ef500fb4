"""Matching both ways: every need with every offer that fits, with the reasons.

Owns: matches, match_terms. Publishes: MatchFound (to the other side), MatchesFound (to the publishing side). Builds on: search.documents.
"""
