/*
 * perfadvisor--1.0.sql, made from the files of sql/parts in their order.
 *
 * It installs into any schema.  While it runs, the search_path is the target
 * schema alone, with pg_catalog before it.
 */

-- complain if the script is sourced in psql rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION perfadvisor" to load this file. \quit
