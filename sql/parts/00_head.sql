/*
 * perfadvisor--1.0.sql, made from the files of sql/parts in their order.
 *
 * It installs into any schema.  While it runs, the search_path is the target
 * schema alone, with pg_catalog before it.
 *
 * Others may have objects in the target schema that fit a call better than
 * what is meant.  Nothing is replaced (CREATE, never CREATE OR REPLACE), the
 * last of the parts refuses what would stand on objects of others, and what is
 * run before that names its functions and types with pg_catalog.
 */

-- complain if the script is sourced in psql rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION perfadvisor" to load this file. \quit
